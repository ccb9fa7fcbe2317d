// A table of rows that are already there, for the tabs of a detail page.

import { html } from "../../../m/js/html.js";
import { alignOf, renderValue } from "./columns.js";

const { ElTable, ElTableColumn } = window.ElementPlus;

/** `columns` are those of a list: `{ prop, label, width, format, tags, render }`. */
export const plainTable = (rows, columns, { emptyText = "没有记录", label = "明细" } = {}) => html`
  <div class="table-box" tabindex="0" role="region" aria-label=${label}>
    <${ElTable} data=${rows} border=${true} size="small" emptyText=${emptyText}>
      ${{ default: () => columns.map((column) => html`
        <${ElTableColumn} key=${column.prop} prop=${column.prop} label=${column.label} width=${column.width} minWidth=${column.minWidth ?? 100} align=${alignOf(column)}>
          ${{ default: ({ row }) => row && renderValue(column, row) }}
        <//>`) }}
    <//>
  </div>`;
