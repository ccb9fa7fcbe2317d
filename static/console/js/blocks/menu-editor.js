// The editor of a menu: a phone with the buttons, ordered by dragging, and the form of the chosen button.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";
import { fieldsOf, hasKey, isGroup, MAX_FIRST, MAX_SECOND, newButton, TYPES, widthOf } from "../menu-draft.js";
import { input } from "./form-fields.js";
import { draggable, move } from "./order.js";
import { RepliesInput } from "./replies-input.js";

const { ElButton, ElInput, ElOption, ElSelect } = window.ElementPlus;
const ALIPAY_TYPES = 2; // replies and pages, the first ones

/** `buttons` is the draft, `at` the place of the chosen button: `[first]`, `[first, second]` or null. */
export const MenuEditor = {
  props: { buttons: Array, at: Array, readonly: Boolean, isAlipay: Boolean },
  emits: ["change", "choose"],
  setup(props, { emit }) {
    const list = () => props.buttons;
    const [first, second] = [() => props.at?.[0], () => props.at?.[1]];
    const change = (buttons, at = props.at) => (emit("change", buttons), emit("choose", at));
    const replaceFirst = (index, button) => list().map((one, place) => (place === index ? button : one));
    const chosen = () => (second() === undefined ? list()[first()] : list()[first()]?.sub_button?.[second()]);

    function setChosen(part) {
      const changed = { ...chosen(), ...part };
      if (second() === undefined) return change(replaceFirst(first(), changed));
      const parent = list()[first()];
      return change(replaceFirst(first(), { ...parent, sub_button: parent.sub_button.map((one, place) => (place === second() ? changed : one)) }));
    }

    function addSecond(index) {
      const children = [...(list()[index].sub_button ?? []), newButton()];
      change(replaceFirst(index, { ...list()[index], sub_button: children }), [index, children.length - 1]);
    }

    function remove() {
      if (second() === undefined) return change(list().filter((_, place) => place !== first()), null);
      const parent = list()[first()];
      const children = parent.sub_button.filter((_, place) => place !== second());
      return change(replaceFirst(first(), children.length ? { ...parent, sub_button: children } : { ...newButton(), name: parent.name }), [first()]);
    }

    const moveFirst = (from, to) => change(move(list(), from, to), [to]);
    const moveSecond = (index, from, to) => change(replaceFirst(index, { ...list()[index], sub_button: move(list()[index].sub_button, from, to) }), [index, to]);
    const drag = (items, index, onMove, name) => (props.readonly ? {} : draggable(items, index, (_, from, to) => onMove(from, to), name));

    const secondLevel = (button, index) => html`
      <div class="second">
        ${(button.sub_button ?? []).map((child, place) => html`
          <button type="button" class=${["plain", first() === index && second() === place && "chosen"]} key=${place} ...${drag(button.sub_button, place, (from, to) => moveSecond(index, from, to), `second-${index}`)}
            onClick=${() => emit("choose", [index, place])}>${child.name || "（未命名）"}</button>`)}
        ${!props.readonly && (button.sub_button ?? []).length < MAX_SECOND && html`<button type="button" class="plain add" aria-label=${`在“${button.name}”下添加`} onClick=${() => addSecond(index)}>${icon("plus")}</button>`}
      </div>`;

    const phone = () => html`
      <div class="menu-phone" role="group" aria-label="菜单预览">
        <div class="screen">${first() === undefined ? html`<p class="muted">点按钮编辑，拖动可排序</p>` : ""}</div>
        <div class="bar">
          ${list().map((button, index) => html`
            <div class="first" key=${index} ...${drag(list(), index, moveFirst, "first")}>
              ${first() === index && secondLevel(button, index)}
              <button type="button" class=${["plain", first() === index && second() === undefined && "chosen"]} data-testid="first-button" onClick=${() => emit("choose", [index])}>${isGroup(button) ? "≡ " : ""}${button.name || "（未命名）"}</button>
            </div>`)}
          ${!props.readonly && list().length < MAX_FIRST && html`<div class="first"><button type="button" class="plain add" aria-label="添加一级菜单" onClick=${() => change([...list(), newButton()], [list().length])}>${icon("plus")}</button></div>`}
        </div>
      </div>`;

    const line = (label, content, help) => html`<label class="line" key=${label}><span class="label">${label}</span>${content}${help && html`<span class="help">${help}</span>`}</label>`;

    function form(button) {
      const isSecond = second() !== undefined;
      const [limit, most] = isSecond ? [16, 8] : [8, 4];
      const siblings = isSecond ? list()[first()].sub_button : list();
      const place = isSecond ? second() : first();
      const shift = (by) => (isSecond ? moveSecond(first(), place, place + by) : moveFirst(place, place + by));
      return html`
        <div class="menu-form" data-testid="menu-form">
          <div class="head"><strong>${isSecond ? "二级菜单" : "一级菜单"}</strong>
            <span class="order-buttons">
              <button type="button" class="plain" aria-label="前移" disabled=${place === 0} onClick=${() => shift(-1)}>${icon(isSecond ? "arrow-up" : "arrow-left")}</button>
              <button type="button" class="plain" aria-label="后移" disabled=${place === siblings.length - 1} onClick=${() => shift(1)}>${icon(isSecond ? "arrow-down" : "arrow-right")}</button>
            </span>
            <${ElButton} link=${true} type="danger" onClick=${remove}>删除<//></div>
          ${line("名称", html`<${ElInput} modelValue=${button.name} ariaLabel="名称" maxlength=${20} ...${{ "onUpdate:modelValue": (name) => setChosen({ name }) }} />`,
            widthOf(button.name.trim()) > limit ? html`<span class="failure">最多 ${most} 个汉字或 ${limit} 个字母</span>` : `最多 ${most} 个汉字`)}
          ${isGroup(button) ? html`<p class="muted">有二级菜单的按钮只展开，不执行动作。</p>` : actionFields(button)}
        </div>`;
    }

    const actionFields = (button) => html`
      <div>
        ${line("动作", html`<${ElSelect} modelValue=${button.type} ariaLabel="动作" ...${{ "onUpdate:modelValue": (type) => setChosen({ type, ...(hasKey({ type }) && !button.key ? { key: newButton().key } : {}) }) }}>
          ${() => (props.isAlipay ? TYPES.slice(0, ALIPAY_TYPES) : TYPES).map(([value, label]) => html`<${ElOption} key=${value} value=${value} label=${label} />`)}<//>`)}
        ${fieldsOf(button).map((field) => line(field.label, input(field, button[field.prop] ?? "", (text) => setChosen({ [field.prop]: text ?? "" }))))}
        ${hasKey(button) && html`<${RepliesInput} value=${button.answers ?? []} label="回复" onChanged=${(answers) => setChosen({ answers })} />`}
      </div>`;

    return () => html`
      <div class="menu-editor">${phone()}
        <fieldset class="menu-side" disabled=${props.readonly}>${chosen() ? form(chosen()) : html`<p class="muted">请在左侧选择或添加按钮。一级菜单最多 3 个，每个下面最多 5 个二级菜单。</p>`}</fieldset>
      </div>`;
  },
};
