// A small table in a form: a list of values, or objects of several columns.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";

const { ElButton, ElInput } = window.ElementPlus;
const { reactive } = window.Vue;

const isEmpty = (row) => Object.values(row).every((value) => value === "");

/** `shape` is "list" (of one column `value`) or "objects"; emits `changed`. What is no number stays text, for the server to reject. */
export const RowsInput = {
  props: { value: null, shape: String, columns: Array, maxRows: Number, label: String },
  emits: ["changed"],
  setup(props, { emit }) {
    const isList = props.shape === "list";
    const rows = reactive((props.value ?? []).map((each) => (isList ? { value: each } : { ...each })));

    function send() {
      const filled = rows.map(toCells).filter((row) => !isEmpty(row));
      emit("changed", isList ? filled.map(({ value }) => value) : filled);
    }

    const toCells = (row) => Object.fromEntries(props.columns.map((column) => [column.key, toValue(row[column.key], column)]));

    function remove(index) {
      rows.splice(index, 1);
      send();
    }

    const cell = (row, column, index) => html`
      <${ElInput} key=${column.key} modelValue=${String(row[column.key] ?? "")} maxlength=${40} placeholder=${column.label}
        ariaLabel=${`${props.label}第 ${index + 1} 行${column.label}`} ...${{ "onUpdate:modelValue": (text) => { row[column.key] = text; send(); } }} />`;

    return () => html`
      <div class="rows-input">
        ${rows.map((row, index) => html`
          <div class="row" key=${index}>
            ${props.columns.map((column) => cell(row, column, index))}
            <${ElButton} link=${true} type="danger" aria-label=${`删除${props.label}第 ${index + 1} 行`} onClick=${() => remove(index)}>删除<//>
          </div>`)}
        <${ElButton} disabled=${Boolean(props.maxRows) && rows.length >= props.maxRows} onClick=${() => rows.push({})}>${icon("plus")} 添加<//>
      </div>`;
  },
};

function toValue(value, { is_text: isText }) {
  const text = String(value ?? "").trim();
  return !isText && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
