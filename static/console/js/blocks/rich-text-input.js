// 图文详情 in a form: paragraphs, headings, bold, lists and pictures. The server cleans what is saved.

import { html } from "../../../m/js/html.js";
import { uploadPicture } from "../upload.js";

const { ElInput } = window.ElementPlus;
const { onMounted, reactive, ref } = window.Vue;

const KEPT = { IMG: ["src", "alt"], A: ["href"], TD: ["colspan", "rowspan"], TH: ["colspan", "rowspan"] };
const DROPPED = "script, style, link, meta, iframe, object, template, title";
const COMMANDS = [
  ["标题", "formatBlock", "h3"], ["正文", "formatBlock", "p"], ["加粗", "bold"], ["列表", "insertUnorderedList"], ["编号", "insertOrderedList"],
  ["清除格式", "removeFormat"], ["撤销", "undo"],
];

/** What is pasted without scripts, styles and attributes, which our pages' policy would block. */
export function cleanPasted(text) {
  const { body } = new DOMParser().parseFromString(text, "text/html");
  body.querySelectorAll(DROPPED).forEach((element) => element.remove());
  body.querySelectorAll("*").forEach((element) => {
    const kept = KEPT[element.tagName] ?? [];
    [...element.attributes].filter(({ name }) => !kept.includes(name)).forEach(({ name }) => element.removeAttribute(name));
  });
  return body.innerHTML;
}

/** Pictures of this site keep their path only, so that they stay when its address changes. */
const toPath = (url) => (new URL(url, location.href).origin === location.origin ? new URL(url, location.href).pathname : url);

export const RichTextInput = {
  props: { value: String, onChanged: Function, label: { default: "图文详情" } },
  setup(props) {
    const box = ref(null);
    const state = reactive({ isSource: false, busy: false, failure: "" });
    const show = () => box.value && (box.value.innerHTML = cleanPasted(props.value ?? ""));
    const isEmpty = () => !box.value.textContent.trim() && !box.value.querySelector("img, hr, table");
    const read = () => props.onChanged(isEmpty() ? "" : box.value.innerHTML);

    function run(command, argument) {
      box.value.focus();
      document.execCommand("styleWithCSS", false, false);
      document.execCommand(command, false, argument);
      read();
    }

    function paste(event) {
      const pasted = event.clipboardData.getData("text/html");
      if (!pasted) return;
      event.preventDefault();
      run("insertHTML", cleanPasted(pasted));
    }

    async function addPicture(event) {
      const files = [...event.target.files];
      event.target.value = "";
      Object.assign(state, { busy: true, failure: "" });
      try {
        for (const file of files) run("insertHTML", `<p><img src="${toPath(await uploadPicture(file))}" alt=""></p>`);
      } catch (error) {
        state.failure = error.msg ?? "上传失败";
      } finally {
        state.busy = false;
      }
    }

    onMounted(() => {
      document.execCommand("defaultParagraphSeparator", false, "p");
      show();
    });

    const button = ([label, command, argument]) => html`<button type="button" key=${label} class="el-button el-button--small" onMousedown=${(event) => event.preventDefault()} onClick=${() => run(command, argument)}>${label}</button>`;
    const setBox = (element) => {
      if (element && element !== box.value) {
        box.value = element;
        show();
      }
    };
    return () => html`
      <div class="rich-text-input" role="group" aria-label=${props.label}>
        <div class="toolbar">
          ${!state.isSource && COMMANDS.map(button)}
          ${!state.isSource && html`<label class="el-button el-button--small"><input type="file" multiple accept="image/*" class="visually-hidden" aria-label="在图文详情中插入图片" disabled=${state.busy} onChange=${addPicture} />${state.busy ? "上传中……" : "图片"}</label>`}
          <button type="button" class="el-button el-button--small" aria-pressed=${state.isSource} onClick=${() => (state.isSource = !state.isSource)}>${state.isSource ? "返回编辑" : "源代码"}</button>
        </div>
        ${state.isSource
          ? html`<${ElInput} type="textarea" rows=${8} maxlength=${20000} ariaLabel="图文详情源代码" modelValue=${props.value ?? ""} ...${{ "onUpdate:modelValue": props.onChanged }} />`
          : html`<div ref=${setBox} class="rich-text box" contenteditable="true" role="textbox" aria-multiline="true" aria-label=${props.label} onInput=${read} onPaste=${paste}></div>`}
        ${state.failure && html`<p class="failure" role="alert">${state.failure}</p>`}
      </div>`;
  },
};
