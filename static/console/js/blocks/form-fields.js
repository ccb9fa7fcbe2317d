// The inputs of forms and filters, by the type of the field.

import { html } from "../../../m/js/html.js";
import { money, parseMoney } from "../format.js";

const { ElButton, ElCheckbox, ElDatePicker, ElInput, ElInputNumber, ElOption, ElSelect, ElSwitch } = window.ElementPlus;

const SHORTCUTS = [
  ["今天", 0, 0], ["昨天", 1, 1], ["近 7 天", 6, 0], ["近 30 天", 29, 0], ["近 90 天", 89, 0],
].map(([text, from, to]) => ({ text, value: () => [daysAgo(from), daysAgo(to)] }));

function daysAgo(days) {
  const day = new Date();
  day.setDate(day.getDate() - days);
  return day;
}

/** An input bound to `value`; `set` gets the new value. `invalid` marks it for screen readers. */
export function input(field, value, set, { id, invalid = false } = {}) {
  const common = {
    id, modelValue: value, "onUpdate:modelValue": set, disabled: field.disabled, "aria-label": id ? undefined : field.label,
    ariaLabel: field.label, "aria-invalid": invalid || undefined, name: field.prop,
  };
  return (INPUTS[field.type] ?? INPUTS.text)(field, common, value, set);
}

const INPUTS = {
  text: (field, common) => html`
    <${ElInput} ...${common} maxlength=${field.max ?? 200} placeholder=${field.placeholder} clearable=${true} autocomplete=${field.autocomplete ?? "off"} />`,
  textarea: (field, common) => html`
    <${ElInput} ...${common} type="textarea" rows=${field.rows ?? 3} maxlength=${field.max ?? 2000} placeholder=${field.placeholder} showWordLimit=${true} />`,
  password: (field, common) => html`
    <${ElInput} ...${common} type="password" maxlength=${128} showPassword=${true} autocomplete=${field.autocomplete ?? "new-password"} />`,
  number: (field, common) => html`
    <${ElInputNumber} ...${common} min=${field.min} max=${field.max} precision=${field.precision ?? 0} controlsPosition="right" valueOnClear=${null} />`,
  money: (field, common, value, set) => html`<${MoneyInput} ...${common} value=${value} onChanged=${set} placeholder=${field.placeholder} />`,
  select: (field, common) => select(field, common),
  multi: (field, common) => select(field, { ...common, multiple: true }),
  switch: (field, common) => html`<${ElSwitch} ...${common} activeText=${field.on} inactiveText=${field.off} />`,
  checkbox: (field, common) => html`<${ElCheckbox} ...${common}>${field.text ?? field.label}<//>`,
  date: (field, common) => html`<${ElDatePicker} ...${common} type="date" valueFormat="YYYY-MM-DD" placeholder="选择日期" disabledDate=${field.disabledDate} />`,
  datetime: (field, common, value, set) => html`
    <${ElDatePicker} ...${common} modelValue=${value ? new Date(value) : null} type="datetime" placeholder="选择时间"
      ...${{ "onUpdate:modelValue": (moment) => set(moment ? moment.toISOString() : null) }} />`,
  dates: (field, common) => html`
    <${ElDatePicker} ...${common} id=${undefined} name=${undefined} type="daterange" unlinkPanels=${true} valueFormat="YYYY-MM-DD" rangeSeparator="至"
      startPlaceholder=${field.placeholder ?? `${field.label}起`} endPlaceholder="止" shortcuts=${SHORTCUTS} />`,
  picture: (field, common, value, set) => html`<${PictureInput} field=${field} common=${common} value=${value} onChanged=${set} />`,
  custom: (field, _, value, set) => field.render(value, set),
};

function select(field, common) {
  return html`
    <${ElSelect} ...${common} clearable=${!field.required} filterable=${Boolean(field.remote || field.allowCreate) || (field.options?.length ?? 0) > 8} allowCreate=${field.allowCreate} placeholder=${field.placeholder ?? "请选择"}
      remote=${Boolean(field.remote)} remoteMethod=${field.remote} collapseTags=${true} collapseTagsTooltip=${true} maxCollapseTags=${3} noDataText="没有可选项">
      ${() => (field.options ?? []).map(({ value, label, disabled, note }) => html`<${ElOption} key=${value} value=${value} label=${label} disabled=${disabled}>${() => (note ? html`${label}<small class="option-note">${note}</small>` : label)}<//>`)}
    <//>`;
}

/** Yuan as text, whole fen as the value; text that is no amount gives NaN, which the form rejects. */
const MoneyInput = {
  inheritAttrs: false,
  props: ["value"],
  emits: ["changed"],
  setup(props, { attrs, emit }) {
    const { ref, watch } = window.Vue;
    const show = (fen) => (fen === null || fen === undefined ? "" : Number.isNaN(fen) ? typed.value : money(fen).replaceAll(",", ""));
    const typed = ref("");
    typed.value = show(props.value);
    watch(() => props.value, (fen) => (parseMoney(typed.value) === fen ? null : (typed.value = show(fen))));

    function change(text) {
      typed.value = text;
      emit("changed", text.trim() === "" ? null : parseMoney(text) ?? Number.NaN);
    }

    return () => html`
      <${ElInput} ...${attrs} modelValue=${typed.value} inputmode="decimal" maxlength=${14} placeholder=${attrs.placeholder ?? "0.00"} ...${{ "onUpdate:modelValue": change }}>
        ${{ append: () => "元" }}
      <//>`;
  },
};

/** The address of a picture: chosen as a file if `field.upload` sends one, or pasted. */
const PictureInput = {
  props: ["field", "common", "value"],
  emits: ["changed"],
  setup(props, { emit }) {
    const { reactive } = window.Vue;
    const state = reactive({ busy: false, failure: "" });

    async function choose(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) return;
      Object.assign(state, { busy: true, failure: "" });
      try {
        emit("changed", await props.field.upload(file));
      } catch (error) {
        state.failure = error.msg ?? "上传失败";
      } finally {
        state.busy = false;
      }
    }

    return () => html`
      <div class="picture-input">
        ${props.value && html`<img src=${props.value} alt=${`${props.field.label}预览`} />`}
        <${ElInput} ...${props.common} placeholder="图片网址，https:// 开头" maxlength=${500} clearable=${true} />
        ${props.field.upload && html`
          <label class=${["el-button", state.busy && "is-loading"]}><input type="file" accept="image/*" class="visually-hidden" aria-label=${`上传${props.field.label}`} disabled=${state.busy} onChange=${choose} />${state.busy ? "上传中……" : "上传"}</label>`}
        ${state.failure && html`<p class="failure" role="alert">${state.failure}</p>`}
      </div>`;
  },
};

/** Options as `{ value, label }`: of pairs, of texts, or of such objects. */
export function toOptions(options) {
  return (options ?? []).map((option) => {
    if (Array.isArray(option)) return { value: option[0], label: option[1] };
    return typeof option === "object" ? option : { value: option, label: String(option) };
  });
}
