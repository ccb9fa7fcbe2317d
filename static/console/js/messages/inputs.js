// Inputs of messages: texts with variables inserted by a click, the keywords of a template, media in their order.

import { html } from "../../../m/js/html.js";
import { move } from "../blocks/order.js";

const { ElButton, ElCheckbox, ElInput } = window.ElementPlus;
const { nextTick } = window.Vue;

/** A text with a button for each variable, which inserts it at the cursor. */
export const VariablesInput = {
  props: { value: String, variables: Array, label: String, rows: { default: 1 }, max: { default: 500 }, buttons: { default: true } },
  emits: ["changed"],
  setup(props, { emit }) {
    let element = null;
    const change = (text) => emit("changed", text);
    const bind = (root) => (element = root?.querySelector("textarea, input") ?? element);

    async function insert(name) {
      const text = props.value ?? "";
      const at = element?.selectionStart ?? text.length;
      change(`${text.slice(0, at)}{${name}}${text.slice(element?.selectionEnd ?? at)}`);
      await nextTick();
      element?.focus();
      element?.setSelectionRange(at + name.length + 2, at + name.length + 2);
    }

    return () => html`
      <div class="variables-input" ref=${bind}>
        <${ElInput} modelValue=${props.value ?? ""} type=${props.rows > 1 ? "textarea" : "text"} rows=${props.rows} maxlength=${props.max} showWordLimit=${props.rows > 1} ariaLabel=${props.label} ...${{ "onUpdate:modelValue": change }} />
        <div class="variables" role="group" aria-label=${`${props.label}的变量`}>
          ${props.variables.map(({ name, example }) => html`<${ElButton} key=${name} size="small" title=${`例如 ${example}`} aria-label=${`插入变量${name}`} onClick=${() => insert(name)}>${name}<//>`)}
        </div>
      </div>`;
  },
};

/** A text for each keyword of a template. */
export const KeywordsInput = ({ value, keywords, variables, onChanged }) => html`
  <div class="keywords-input">
    ${keywords.length === 0 && html`<p class="help">请先选择平台模板</p>`}
    ${keywords.map(({ name, label }) => html`
      <section key=${name}>
        <p class="keyword">${label || name} <code>${name}</code></p>
        <${VariablesInput} value=${value?.[name] ?? ""} variables=${variables} label=${label || name} onChanged=${(text) => onChanged({ ...value, [name]: text })} />
      </section>`)}
  </div>`;
KeywordsInput.props = ["value", "keywords", "variables", "onChanged"];

/** Choices in the order in which they are tried: those that are ticked stand first. */
export const OrderInput = ({ value, options, label, onChanged }) => {
  const chosen = value ?? [];
  const labelOf = (key) => options.find((option) => option.value === key)?.label ?? key;
  const keys = [...chosen, ...options.map((option) => option.value).filter((key) => !chosen.includes(key))];
  const toggle = (key) => onChanged(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  const shift = (index, step) => onChanged(move(chosen, index, index + step));
  return html`
    <ol class="order-input" aria-label=${label}>
      ${keys.map((key, index) => html`
        <li key=${key}>
          <${ElCheckbox} modelValue=${chosen.includes(key)} label=${labelOf(key)} ...${{ "onUpdate:modelValue": () => toggle(key) }} />
          ${chosen.includes(key) && html`<span>
            <${ElButton} size="small" disabled=${index === 0} aria-label=${`上移${labelOf(key)}`} onClick=${() => shift(index, -1)}>上移<//>
            <${ElButton} size="small" disabled=${index === chosen.length - 1} aria-label=${`下移${labelOf(key)}`} onClick=${() => shift(index, 1)}>下移<//>
          </span>`}
        </li>`)}
    </ol>`;
};
OrderInput.props = ["value", "options", "label", "onChanged"];
