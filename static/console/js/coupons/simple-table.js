// A short table of rows that are there already, with the columns of a list.

import { html } from "../../../m/js/html.js";
import { alignOf, renderValue } from "../blocks/columns.js";

const { ElTable, ElTableColumn } = window.ElementPlus;

export const SimpleTable = ({ rows, columns, label, emptyText = "没有记录" }) => html`
  <div class="table-box" tabindex="0" role="region" aria-label=${label}>
    <${ElTable} data=${rows} border=${true} emptyText=${emptyText}>
      ${{ default: () => columns.map((column) => html`
        <${ElTableColumn} key=${column.prop} prop=${column.prop} label=${column.label} width=${column.width} minWidth=${column.minWidth ?? 110} align=${alignOf(column)}>
          ${{ default: ({ row }) => row && renderValue(column, row) }}
        <//>`) }}
    <//>
  </div>`;
SimpleTable.props = ["rows", "columns", "label", "emptyText"];
