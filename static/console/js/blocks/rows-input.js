// A small table in a form: pairs of numbers, a list of numbers, objects, or the replies of an account.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";

const { ElButton, ElInput } = window.ElementPlus;
const { reactive } = window.Vue;

const REPLY_COLUMNS = [{ key: "text", label: "文字", is_text: true, rows: 2 }];
const OTHER_REPLIES = { article: "图文", image: "图片", miniprogram: "小程序卡片", transfer: "转人工客服" };

/** Rows of a value: `map` is an object of pairs, `list` one column, `objects` and `replies` are as they are. */
const READ = {
  map: (value) => Object.entries(value ?? {}).map(([key, each]) => ({ key, value: each })),
  list: (value) => (value ?? []).map((each) => ({ value: each })),
  objects: (value) => (value ?? []).map((each) => ({ ...each })),
  replies: (value) => (value ?? []).map((each) => ({ ...each })),
};
const WRITE = {
  map: (rows) => Object.fromEntries(rows.map(({ key, value }) => [key, value])),
  list: (rows) => rows.map(({ value }) => value),
  objects: (rows) => rows,
  replies: (rows) => rows.map((row) => ({ type: "text", ...row })),
};

/** `value` in the form of `shape`; emits `changed` with the same form. What is no number stays text, for the server to reject. */
export const RowsInput = {
  props: { value: null, shape: String, columns: Array, maxRows: Number, label: String },
  emits: ["changed"],
  setup(props, { emit }) {
    const rows = reactive(READ[props.shape](props.value));
    const columns = props.shape === "replies" ? REPLY_COLUMNS : props.columns;
    const send = () => emit("changed", WRITE[props.shape](rows.map((row) => toCells(row, columns)).filter((row) => !isEmpty(row, columns))));

    function remove(index) {
      rows.splice(index, 1);
      send();
    }

    const cell = (row, column, index) => html`
      <${ElInput} key=${column.key} modelValue=${String(row[column.key] ?? "")} type=${column.rows ? "textarea" : "text"} rows=${column.rows} maxlength=${column.rows ? 680 : 40}
        placeholder=${column.label} ariaLabel=${`${props.label}第 ${index + 1} 行${column.label}`} ...${{ "onUpdate:modelValue": (text) => { row[column.key] = text; send(); } }} />`;

    return () => html`
      <div class="rows-input">
        ${rows.map((row, index) => html`
          <div class="row" key=${index}>
            ${isOther(row) ? html`<span class="other">${describeOther(row)}</span>` : columns.map((column) => cell(row, column, index))}
            <${ElButton} link=${true} type="danger" aria-label=${`删除${props.label}第 ${index + 1} 行`} onClick=${() => remove(index)}>删除<//>
          </div>`)}
        <${ElButton} disabled=${Boolean(props.maxRows) && rows.length >= props.maxRows} onClick=${() => rows.push({})}>${icon("plus")} 添加<//>
      </div>`;
  },
};

const isOther = ({ type }) => Boolean(type) && type !== "text";
const describeOther = (row) => [OTHER_REPLIES[row.type] ?? row.type, row.title].filter(Boolean).join("：");
const isEmpty = (row, columns) => !isOther(row) && columns.every(({ key }) => row[key] === "" || row[key] === undefined);

function toCells(row, columns) {
  if (isOther(row)) return { ...row };
  return { ...row, ...Object.fromEntries(columns.filter(({ key }) => row[key] !== undefined).map((column) => [column.key, toValue(row[column.key], column)])) };
}

function toValue(value, { is_text: isText }) {
  const text = String(value).trim();
  return !isText && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
