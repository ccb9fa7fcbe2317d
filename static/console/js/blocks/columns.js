// Cells of tables and facts of detail pages: one way to show a value by its format.

import { html } from "../../../m/js/html.js";
import { FORMATS, NONE, RIGHT_ALIGNED } from "../format.js";

const { ElTag } = window.ElementPlus;

/** What a column or fact `{ prop, format, tags, render }` shows of a row. */
export function renderValue(column, row) {
  if (column.render) return column.render(row);
  const value = column.prop.split(".").reduce((part, name) => part?.[name], row);
  if (column.format === "tag") return tag(value, column.tags);
  return (FORMATS[column.format] ?? FORMATS.text)(value);
}

/** `tags` maps a value to `[label, type]`, type is success, warning, danger, info or primary. */
function tag(value, tags = {}) {
  if (value === null || value === undefined || value === "") return NONE;
  const [label, type] = tags[value] ?? [String(value), "info"];
  return html`<${ElTag} type=${type} disableTransitions=${true}>${label}<//>`;
}

export const alignOf = ({ align, format }) => align ?? (RIGHT_ALIGNED.includes(format) ? "right" : "left");
