// 参数设置: all settings by category. Each group is shown with its values and changed in a form.

import { html } from "../../../m/js/html.js";
import { get, patch } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { Facts } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { RowsInput } from "../blocks/rows-input.js";
import { confirm, fail, succeed } from "../feedback.js";
import { money, yesNo } from "../format.js";
import { can } from "../session.js";
import { uploadPicture } from "../upload.js";

const { ElButton, ElSkeleton, ElTabPane, ElTabs, ElTag } = window.ElementPlus;
const { reactive } = window.Vue;
const { RouterLink } = window.VueRouter;

const listCostCentres = () => get("/settings/cost-centres");
const withUnit = (field) => (field.unit ? `${field.label}（${field.unit}）` : field.label);

const colourInput = (field) => (value, set) => html`
  <div class="colour-input"><input type="color" value=${value} aria-label=${`${field.label}选择`} onInput=${(event) => set(event.target.value)} />
    <input class="el-input__inner code" value=${value} maxlength="7" aria-label=${field.label} onInput=${(event) => set(event.target.value)} /></div>`;

const rowsInput = (field) => (value, set) => html`
  <${RowsInput} value=${value} shape=${field.shape} columns=${field.columns} maxRows=${field.max_rows} label=${field.label} onChanged=${set} />`;

/** The field of the form: what a text or number may be is checked by the server. */
function toInput(field, defaults) {
  const help = [field.help, describeDefault(field, defaults[field.prop])].filter(Boolean).join("。");
  const common = { prop: field.prop, label: withUnit(field), help, required: ["number", "money", "select"].includes(field.type) };
  if (field.type === "rows") return { ...common, type: "custom", value: defaults[field.prop], render: rowsInput(field) };
  if (field.type === "colour") return { ...common, type: "custom", render: colourInput(field) };
  if (field.type === "cost_centre") return { ...common, type: "select", options: listCostCentres, empty: null };
  if (field.type === "number") return { ...common, type: "number", min: field.minimum ?? undefined, max: field.maximum ?? undefined };
  if (field.type === "picture") return { ...common, type: "picture", upload: uploadPicture };
  return { ...common, type: field.type, options: field.options ?? undefined, max: field.max_length ?? undefined };
}

function describeDefault(field, value) {
  if (value === "" || value === null || ["rows", "textarea", "picture"].includes(field.type)) return "";
  return `默认：${field.type === "colour" ? value : show(field, value)}`;
}

/** A value as a person reads it. */
function show(field, value) {
  if (value === null || value === undefined || value === "" || value?.length === 0) return "无";
  if (field.type === "switch") return yesNo(value);
  if (field.type === "money") return `${money(value)} 元`;
  if (field.type === "select") return field.options.find((option) => option.value === value)?.label ?? String(value);
  if (field.type === "colour") return html`<span class="swatch" style=${{ background: value }} /> ${value}`;
  if (field.shape === "objects") return value.map(({ label, code }) => label ?? code).join("、");
  if (Array.isArray(value)) return value.join("、");
  return field.unit ? `${value} ${field.unit}` : String(value);
}

const toFact = (field) => ({
  label: field.label, wide: ["rows", "textarea", "picture"].includes(field.type), render: ({ values }) => show(field, values[field.prop]),
});

const component = {
  setup() {
    const state = reactive({ categories: null, failure: "", tab: "" });

    async function load() {
      state.failure = "";
      try {
        state.categories = (await get("/settings")).categories.filter(({ groups }) => groups.length);
        state.tab ||= state.categories[0].key;
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }

    async function edit(group) {
      const submit = async (values) => Object.assign(group, await patch(`/settings/${group.name}`, { values }));
      await openForm({ title: `编辑${group.title}`, note: group.help, fields: group.fields.map((field) => toInput(field, group.defaults)), value: group.values, submit });
    }

    async function restore(group) {
      if (!(await confirm(`“${group.title}”的所有内容恢复为默认值，确定？`))) return;
      try {
        Object.assign(group, await patch(`/settings/${group.name}`, { values: group.defaults }));
        succeed();
      } catch (error) {
        fail(error);
      }
    }

    const buttons = (group) => group.page
      ? html`<${RouterLink} to=${group.page}>前往设置<//>`
      : can("settings.edit") && html`
        ${group.is_changed && html`<${ElButton} onClick=${() => restore(group)}>恢复默认<//>`}
        <${ElButton} type="primary" plain=${true} onClick=${() => edit(group)} aria-label=${`编辑${group.title}`}>编辑<//>`;

    const card = (group) => html`
      <section class="setting-group" key=${group.name} data-group=${group.name}>
        <header class="detail-head">
          <h3>${group.title} ${group.is_changed && html`<${ElTag} disableTransitions=${true}>已修改<//>`}</h3>
          <span class="toolbar no-print">${buttons(group)}</span>
        </header>
        ${group.help && html`<p class="notice">${group.help}</p>`}
        <${Facts} facts=${group.fields.map(toFact)} data=${group} />
      </section>`;

    load();
    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      if (!state.categories) return html`<section class="card"><${ElSkeleton} rows=${8} animated=${true} data-testid="loading" /></section>`;
      return html`
        <section class="card">
          <${ElTabs} modelValue=${state.tab} ...${{ "onUpdate:modelValue": (tab) => (state.tab = tab) }}>
            ${{ default: () => state.categories.map(({ key, title, groups }) => html`
              <${ElTabPane} key=${key} name=${key} label=${title} lazy=${true}>${{ default: () => groups.map(card) }}<//>`) }}
          <//>
        </section>`;
    };
  },
};

export default { title: "参数设置", component };
