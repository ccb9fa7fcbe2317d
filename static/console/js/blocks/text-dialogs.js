// Dialogs that only show: texts to copy elsewhere, and the findings of a check.

import { html } from "../../../m/js/html.js";
import { fail, succeed } from "../feedback.js";
import { icon } from "../icon.js";
import { openDialog } from "./dialogs.js";

const { ElButton, ElDialog, ElInput } = window.ElementPlus;

/** `await showPairs({ title, note, pairs: [[label, text, canCopy]] })` ends when the person closes the dialog. */
export const showPairs = (props) => openDialog(PairsDialog, props);
/** `await showFindings({ title, findings: [{ state, text }] })`, states are ok, warning and error. */
export const showFindings = (props) => openDialog(FindingsDialog, props);

const copy = (text) => navigator.clipboard.writeText(text).then(() => succeed("已复制"), () => fail({ msg: "浏览器不允许复制，请手动选择" }));

function dialog(props, emit, body) {
  return html`
    <${ElDialog} modelValue=${props.visible} title=${props.title} width="min(600px, calc(100vw - 20px))" beforeClose=${() => emit("close", true)} alignCenter=${true} appendToBody=${true}>
      ${{ default: body, footer: () => html`<${ElButton} type="primary" onClick=${() => emit("close", true)}>关闭<//>` }}
    <//>`;
}

const PairsDialog = {
  props: { visible: { default: true }, title: String, note: String, pairs: Array },
  emits: ["close"],
  setup: (props, { emit }) => () => dialog(props, emit, () => html`
    <div class="pairs" data-testid="pairs">
      <p class="notice">${props.note}</p>
      ${props.pairs.map(([label, text, canCopy = true]) => html`
        <div class="pair" key=${label}><span class="label">${label}</span>
          <${ElInput} modelValue=${text} readonly=${true} ariaLabel=${label}>
            ${{ append: canCopy && text ? () => html`<${ElButton} onClick=${() => copy(text)} ariaLabel=${`复制${label}`}>复制<//>` : undefined }}
          <//></div>`)}
    </div>`),
};

const MARKS = { ok: ["circle-check", "正常"], warning: ["warning-filled", "注意"], error: ["circle-close", "有误"] };

const FindingsDialog = {
  props: { visible: { default: true }, title: String, findings: Array },
  emits: ["close"],
  setup: (props, { emit }) => () => dialog(props, emit, () => html`
    <ul class="findings" data-testid="findings">
      ${props.findings.map(({ state, text }) => html`<li key=${text} class=${state}>${icon(MARKS[state][0])} <strong>${MARKS[state][1]}</strong> ${text}</li>`)}
    </ul>`),
};
