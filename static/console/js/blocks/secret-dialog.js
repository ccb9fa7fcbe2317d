// A text that is shown once, such as a one-time link, with a button that copies it.

import { html } from "../../../m/js/html.js";
import { fail, succeed } from "../feedback.js";
import { openDialog } from "./dialogs.js";

const { ElButton, ElDialog, ElInput } = window.ElementPlus;

/** `await showSecret({ title, text, note })` ends when the person closes the dialog. */
export const showSecret = (props) => openDialog(SecretDialog, props);

const SecretDialog = {
  props: { visible: { default: true }, title: String, text: String, note: { default: "关闭后不再显示，请先复制。" } },
  emits: ["close"],
  setup(props, { emit }) {
    const copy = () => navigator.clipboard.writeText(props.text).then(() => succeed("已复制"), () => fail({ msg: "浏览器不允许复制，请手动选择" }));
    return () => html`
      <${ElDialog} modelValue=${props.visible} title=${props.title} width="min(520px, calc(100vw - 20px))" beforeClose=${() => emit("close", true)} closeOnClickModal=${false} alignCenter=${true} appendToBody=${true}>
        ${{
          default: () => html`<div><p class="notice">${props.note}</p><${ElInput} modelValue=${props.text} readonly=${true} type="textarea" rows=${3} ariaLabel=${props.title} data-testid="secret" /></div>`,
          footer: () => html`<${ElButton} onClick=${copy}>复制<//><${ElButton} type="primary" onClick=${() => emit("close", true)}>关闭<//>`,
        }}
      <//>`;
  },
};
