// A list of small rows in a form, such as steps or rewards: rows can be added and removed.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";
import { input } from "./form-fields.js";

const { ElButton } = window.ElementPlus;

/** A field of a form. `columns` are fields `{ prop, label, type: number or money, min, max }` of each row. */
export const rowsField = ({ columns, addLabel = "添加一行", ...field }) => ({
  value: [], ...field, type: "custom", render: (value, set) => html`<${RowsEditor} columns=${columns} addLabel=${addLabel} value=${value} onChanged=${set} />`,
  rules: [(rows) => (rows.every((row) => columns.every(({ prop }) => Number.isInteger(row[prop]))) ? "" : "请填完每一行"), ...(field.rules ?? [])],
});

/** The rows themselves, for a field with checks of its own. */
export const RowsEditor = {
  props: ["columns", "addLabel", "value"],
  emits: ["changed"],
  setup(props, { emit }) {
    const rows = () => props.value ?? [];
    const change = (index, prop, given) => emit("changed", rows().map((row, place) => (place === index ? { ...row, [prop]: given } : row)));
    const remove = (index) => emit("changed", rows().filter((_, place) => place !== index));
    const add = () => emit("changed", [...rows(), Object.fromEntries(props.columns.map(({ prop }) => [prop, null]))]);

    return () => html`
      <div class="rows-field">
        ${rows().map((row, index) => html`
          <div class="row" key=${index} role="group" aria-label=${`第 ${index + 1} 行`}>
            ${props.columns.map((column) => html`<label key=${column.prop}><span>${column.label}</span> ${input(column, row[column.prop], (given) => change(index, column.prop, given))}</label>`)}
            <button type="button" class="plain" aria-label=${`删除第 ${index + 1} 行`} onClick=${() => remove(index)}>${icon("delete")}</button>
          </div>`)}
        <${ElButton} onClick=${add} data-testid="add-row">${icon("plus")} ${props.addLabel}<//>
      </div>`;
  },
};
