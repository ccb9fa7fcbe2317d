// Fields of opening days and of the form of a service.

import { html } from "../../../m/js/html.js";
import { RowsEditor } from "../blocks/rows-field.js";

const { ElOption, ElSelect } = window.ElementPlus;
const isTime = (text) => /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text ?? "");
const TIMES = [{ prop: "opens", label: "开始", type: "text", max: 5, placeholder: "09:00" }, { prop: "closes", label: "结束", type: "text", max: 5, placeholder: "18:00" }];

/** Hours of a day by the clock of the shop. */
export const WINDOWS = {
  prop: "windows", label: "可约时间", type: "custom", required: true, value: [{ opens: "09:00", closes: "18:00" }], help: "门店当地时间，全天写 00:00 至 24:00",
  render: (value, set) => html`<${RowsEditor} columns=${TIMES} addLabel="添加一段" value=${value} onChanged=${set} />`,
  rules: [(rows) => (rows?.length && rows.every(({ opens, closes }) => isTime(opens) && isTime(closes)) ? "" : "时间应写成 09:00")],
};

const KINDS = [["text", "文字"], ["number", "数字"], ["choice", "单选"]];
const kindChoice = (value, set) => html`
  <${ElSelect} modelValue=${value ?? "text"} ariaLabel="类型" style=${{ width: "90px" }} ...${{ "onUpdate:modelValue": set }}>${() => KINDS.map(([kind, label]) => html`<${ElOption} key=${kind} value=${kind} label=${label} />`)}<//>`;
const QUESTIONS = [
  { prop: "label", label: "名称", type: "text", max: 20 }, { prop: "kind", label: "类型", type: "custom", render: kindChoice },
  { prop: "options_text", label: "选项（用、分开）", type: "text", max: 200 }, { prop: "is_required", label: "必填", type: "switch" },
];

/** What customers fill in when they book. */
export const FORM = {
  prop: "form_rows", label: "表单项", type: "custom", value: [], help: "姓名和手机号总是要填，这里是另外要填的",
  render: (value, set) => html`<${RowsEditor} columns=${QUESTIONS} addLabel="添加一项" value=${value} onChanged=${set} />`,
  rules: [(rows) => ((rows ?? []).every(({ label }) => label?.trim()) ? "" : "请填写每一项的名称")],
};

export const toFormRows = (form) => form.map(({ options, ...rest }) => ({ ...rest, options_text: options.join("、") }));

export const fromFormRows = (rows) => (rows ?? []).map(({ label, kind, is_required, options_text }) => ({
  label: label.trim(), kind: kind ?? "text", is_required: Boolean(is_required),
  options: kind === "choice" ? (options_text ?? "").split(/[、,，]/).map((one) => one.trim()).filter(Boolean) : [],
}));
