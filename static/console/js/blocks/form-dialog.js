// A form in a dialog: `openForm({ title, fields, value, submit })`. What the server rejects is shown beside the field.

import { html } from "../../../m/js/html.js";
import { confirm, fail, succeed } from "../feedback.js";
import { openDialog } from "./dialogs.js";
import { input, toOptions } from "./form-fields.js";

const { ElButton, ElDialog, ElForm, ElFormItem } = window.ElementPlus;
const { computed, markRaw, nextTick, reactive, ref, toRaw } = window.Vue;

const EMPTY = { multi: () => [], switch: () => false, checkbox: () => false };
const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
const TEXTS = ["text", "textarea", "password", "picture"];
let lastForm = 0;

/** Open a form and return "saved", or false if the person cancelled. */
export const openForm = (props) => openDialog(FormDialog, props).then((outcome) => outcome ?? false);

export const FormDialog = {
  props: { visible: { default: true }, title: String, fields: Array, value: Object, submit: Function, width: { default: "560px" }, note: String, submitLabel: { default: "保存" }, success: { default: "操作成功" }, preview: Function, previewLabel: { default: "预览" }, aside: Function, extra: Object },
  emits: ["close"],
  setup(props, { emit }) {
    const prefix = `form-${++lastForm}`;
    const root = ref(null);
    const fields = reactive(props.fields.map((field) => ({ ...field, options: typeof field.options === "function" ? [] : toOptions(field.options) })));
    const typed = reactive(Object.fromEntries(props.fields.map((field) => [field.prop, clone(props.value?.[field.prop] ?? field.value ?? (EMPTY[field.type] ?? (() => null))())])));
    const state = reactive({ busy: false, failure: "", errors: {}, preview: null });
    const initial = JSON.stringify(typed);
    const shown = computed(() => fields.filter((field) => !field.when || field.when(typed)));
    props.fields.forEach((field, index) => prepareOptions(field, fields[index], typed));

    /** Check the fields and run a request with the values; its errors are shown beside the fields. */
    async function send(request) {
      if (state.busy) return;
      Object.assign(state, { failure: "", errors: findErrors(shown.value, typed) });
      if (Object.keys(state.errors).length) return focusError();
      state.busy = true;
      try {
        await request(readValues(shown.value, typed));
      } catch (error) {
        showRefusal(error);
      } finally {
        state.busy = false;
      }
    }

    const submit = () => props.submit && save(props.submit);

    /** `request` is that of the form, or of `props.extra`, a second way to save: `{ label, submit }`. */
    const save = (request) => send(async (values) => {
      await request(values);
      if (props.success) succeed(props.success);
      emit("close", "saved");
    });

    /** Show what `props.preview` promises, a function that renders, until a value changes. */
    const preview = () => send(async (values) => {
      state.preview = null;
      state.preview = markRaw(await props.preview(values));
      await nextTick();
      root.value?.$el?.querySelector(".preview")?.scrollIntoView({ block: "nearest" });
    });

    /** The message of a shown field goes beside it, anything else on top. */
    function showRefusal(error) {
      if (!error.code) fail(error);
      const named = Object.entries(error.fields ?? {}).map(([path, reason]) => [path.split(".")[0], reason]);
      const beside = named.filter(([prop]) => shown.value.some((field) => field.prop === prop));
      state.errors = Object.fromEntries(beside);
      if (!beside.length) state.failure = error.msg ?? "没有保存，请稍后再试";
      focusError();
    }

    async function focusError() {
      await nextTick();
      root.value?.$el?.querySelector(".is-error input, .is-error textarea")?.focus();
    }

    async function cancel() {
      if (state.busy) return;
      if (!props.submit || JSON.stringify(typed) === initial || (await confirm("填写的内容还没有保存，确定关闭？"))) emit("close", false);
    }

    function set(field, value) {
      typed[field.prop] = value;
      delete state.errors[field.prop];
      state.preview = null;
      field.onChange?.(value, typed, setOptions);
    }

    function setOptions(prop, options) {
      fields.find((field) => field.prop === prop).options = toOptions(options);
    }

    const helpOf = ({ help }) => (typeof help === "function" ? help(typed) : help);
    const item = (field) => [field.heading && html`<h3 class="form-heading" key=${`heading-${field.prop}`}>${field.heading}</h3>`, html`
      <${ElFormItem} key=${field.prop} class=${field.half ? "half" : ""} label=${field.type === "checkbox" ? "" : field.label} required=${Boolean(field.required)} error=${state.errors[field.prop] ?? ""} for=${`${prefix}-${field.prop}`} data-field=${field.prop}>
        ${() => [
          input(field, typed[field.prop], (value) => set(field, value), { id: `${prefix}-${field.prop}`, invalid: Boolean(state.errors[field.prop]) }),
          helpOf(field) && html`<p class="help">${helpOf(field)}</p>`,
        ]}
      <//>`];

    const body = () => (props.aside ? html`<div class="form-and-aside">${form()}<aside>${props.aside(typed)}</aside></div>` : form());
    const form = () => html`
      <${ElForm} ref=${root} class="form" labelPosition="top" requireAsteriskPosition="right" onSubmit=${(event) => { event.preventDefault(); (props.submit ? submit : preview)(); }} scrollToError=${true}>
        ${() => [
          props.note && html`<p class="notice">${props.note}</p>`,
          state.failure && html`<p class="failure" role="alert" data-testid="form-failure">${state.failure}</p>`,
          ...shown.value.flatMap(item),
          state.preview && html`<section class="preview" role="status" data-testid="form-preview">${state.preview()}</section>`,
          html`<button type="submit" hidden tabindex="-1" aria-hidden="true"></button>`,
        ]}
      <//>`;

    return () => html`
      <${ElDialog} modelValue=${props.visible} title=${props.title} width=${`min(${props.width}, calc(100vw - 20px))`} beforeClose=${cancel} closeOnClickModal=${false} alignCenter=${true} appendToBody=${true}>
        ${{
          default: body,
          footer: () => html`
            <${ElButton} onClick=${cancel}>${props.submit ? "取消" : "关闭"}<//>
            ${props.preview && html`<${ElButton} type=${props.submit ? "" : "primary"} disabled=${state.busy} onClick=${preview} data-testid="form-preview-button">${props.previewLabel}<//>`}
            ${props.extra && html`<${ElButton} disabled=${state.busy} onClick=${() => save(props.extra.submit)} data-testid="form-extra">${props.extra.label}<//>`}
            ${props.submit && html`<${ElButton} type="primary" loading=${state.busy} onClick=${submit} data-testid="form-submit">${props.submitLabel}<//>`}`,
        }}
      <//>`;
  },
};

async function prepareOptions(field, shown, typed) {
  const load = field.remote ?? (typeof field.options === "function" ? field.options : null);
  if (!load) return;
  const show = async (text) => {
    const found = toOptions(await load(text).catch((error) => (fail(error), [])));
    const chosen = shown.options.filter(({ value }) => [typed[field.prop]].flat().includes(value) && !found.some((one) => one.value === value));
    shown.options = [...chosen, ...found]; // what is chosen keeps its label
  };
  if (field.remote) shown.remote = show;
  await show("");
}

function findErrors(fields, typed) {
  const found = fields.map((field) => [field.prop, findError(field, typed[field.prop], typed)]);
  return Object.fromEntries(found.filter(([, message]) => message));
}

function findError(field, value, typed) {
  if (isEmpty(value)) return field.required ? `请${/select|multi|date|datetime|dates|picture/.test(field.type) ? "选择" : "填写"}${field.label}` : "";
  if (field.type === "money" && Number.isNaN(value)) return "请填写金额，最多两位小数";
  for (const rule of field.rules ?? []) {
    const message = rule(value, typed);
    if (message) return message;
  }
  return "";
}

/** Texts are trimmed. What is empty is "" for texts and null for the others, or `empty` of the field. */
function readValues(fields, typed) {
  return Object.fromEntries(fields.map((field) => [field.prop, readValue(field, toRaw(typed[field.prop]))]));
}

function readValue({ type = "text", empty = TEXTS.includes(type) ? "" : null }, value) {
  const given = typeof value === "string" && type !== "password" ? value.trim() : value;
  return given === "" || given === null || given === undefined ? empty : clone(given);
}

const clone = (value) => (value !== null && typeof value === "object" ? JSON.parse(JSON.stringify(value)) : value);
