// Several pictures in a form, ordered by dragging; and advertisements, each with picture, title and link.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";
import { uploadPicture } from "../upload.js";
import { input } from "./form-fields.js";
import { draggable, move } from "./order.js";

const { ElButton, ElInput } = window.ElementPlus;
const { reactive } = window.Vue;

const iconButton = (label, name, onClick, disabled = false) => html`
  <button type="button" class="plain" aria-label=${label} title=${label} disabled=${disabled} onClick=${onClick}>${icon(name)}</button>`;

const orderButtons = (list, index, onChanged, label) => html`
  <span class="order-buttons">
    ${iconButton(`${label} ${index + 1} 前移`, "arrow-left", () => onChanged(move(list, index, index - 1)), index === 0)}
    ${iconButton(`${label} ${index + 1} 后移`, "arrow-right", () => onChanged(move(list, index, index + 1)), index === list.length - 1)}
    ${iconButton(`删除${label} ${index + 1}`, "delete", () => onChanged(list.filter((_, at) => at !== index)))}
  </span>`;

export const PicturesInput = {
  props: { value: Array, onChanged: Function, max: { default: 20 }, label: { default: "图片" } },
  setup(props) {
    const state = reactive({ busy: false, failure: "", address: "" });
    const list = () => props.value ?? [];
    const add = (urls) => props.onChanged([...list(), ...urls].slice(0, props.max));

    async function choose(event) {
      const files = [...event.target.files].slice(0, props.max - list().length);
      event.target.value = "";
      Object.assign(state, { busy: true, failure: "" });
      try {
        for (const file of files) add([await uploadPicture(file)]);
      } catch (error) {
        state.failure = error.msg ?? "上传失败";
      } finally {
        state.busy = false;
      }
    }

    function addAddress() {
      if (state.address.trim()) add([state.address.trim()]);
      state.address = "";
    }

    return () => html`
      <div class="pictures-input" role="group" aria-label=${props.label}>
        <ul>${list().map((url, index) => html`
          <li key=${`${url}${index}`} ...${draggable(list(), index, props.onChanged, props.label)}><img src=${url} alt=${`${props.label} ${index + 1}`} />${orderButtons(list(), index, props.onChanged, props.label)}</li>`)}</ul>
        ${list().length < props.max && html`
          <div class="add">
            <label class=${["el-button", state.busy && "is-loading"]}><input type="file" multiple accept="image/*" class="visually-hidden" aria-label=${`上传${props.label}`} disabled=${state.busy} onChange=${choose} />${state.busy ? "上传中……" : "上传"}</label>
            <${ElInput} modelValue=${state.address} placeholder="或填写图片网址" ariaLabel="图片网址" maxlength=${500} onKeydown=${(event) => event.key === "Enter" && (event.preventDefault(), addAddress())} ...${{ "onUpdate:modelValue": (text) => (state.address = text) }} />
            <${ElButton} onClick=${addAddress}>添加<//>
          </div>`}
        ${state.failure && html`<p class="failure" role="alert">${state.failure}</p>`}
      </div>`;
  },
};

const PICTURE = { prop: "picture", label: "广告图", type: "picture", upload: uploadPicture };
const TEXTS = [{ prop: "title", label: "标题", placeholder: "标题", max: 60 }, { prop: "link", label: "链接", placeholder: "链接，https:// 开头或小程序页面路径", max: 500 }];

export const AdvertisementsInput = ({ value, onChanged }) => {
  const list = value ?? [];
  const set = (index, prop) => (changed) => onChanged(list.map((one, at) => (at === index ? { ...one, [prop]: changed ?? "" } : one)));
  return html`
    <div class="advertisements-input" role="group" aria-label="广告图">
      ${list.map((one, index) => html`
        <div class="advertisement" key=${index} >
          ${input(PICTURE, one.picture, set(index, "picture"))}
          ${TEXTS.map((field) => input(field, one[field.prop], set(index, field.prop)))}
          ${orderButtons(list, index, onChanged, "广告图")}
        </div>`)}
      ${list.length < 10 && html`<${ElButton} onClick=${() => onChanged([...list, { picture: "", title: "", link: "" }])}>添加广告图<//>`}
    </div>`;
};
AdvertisementsInput.props = ["value", "onChanged"];
