// A form: Enter goes to the next field, in the last one it submits.

import { html } from "../../m/js/html.js";
import { parseFen } from "./scanner.js";
import { closeDialog } from "./state.js";

const { nextTick, onMounted, reactive, ref } = window.Vue;

const INPUTS = "input:not([type=radio]), input:checked";
const isEmpty = (text) => text === "" || text === null || text === undefined;

export const FormDialog = {
  props: ["dialog"],
  setup({ dialog }) {
    const root = ref(null);
    const typed = reactive(Object.fromEntries(dialog.fields.map(({ name, value }) => [name, value ?? ""])));
    const state = reactive({ busy: false, failure: "", notice: "" });
    const shown = () => dialog.fields.filter((field) => !field.when || field.when(typed));

    async function focus(index) {
      await nextTick();
      const inputs = root.value?.querySelectorAll(`${INPUTS}, .submit`) ?? [];
      (inputs[index] ?? root.value?.querySelector(".submit"))?.focus();
      inputs[index]?.select?.();
    }

    function readValues() {
      const entries = shown().map((field) => [field.name, readField(field, typed[field.name])]);
      return Object.fromEntries(entries.filter(([, value]) => value !== null));
    }

    async function submit(event) {
      event?.preventDefault();
      if (state.busy) return;
      Object.assign(state, { busy: true, failure: "" });
      try {
        await dialog.submit(readValues());
        closeDialog(dialog.id);
      } catch (error) {
        state.failure = error.message;
        focus(0);
      } finally {
        state.busy = false;
      }
    }

    function onEnter(event) {
      const inputs = [...root.value.querySelectorAll(INPUTS)];
      const place = inputs.indexOf(event.target);
      event.preventDefault();
      if (place >= 0 && place < inputs.length - 1) focus(place + 1);
      else submit();
    }

    async function run(action) {
      try {
        state.notice = (await action.run()) ?? "";
      } catch (error) {
        state.failure = error.message;
      }
      focus(0);
    }

    onMounted(() => focus(0));
    return () => html`
      <form ref=${root} class="body" onSubmit=${submit} autocomplete="off">
        ${dialog.note && html`<p class="note">${dialog.note}</p>`}
        ${shown().map((field) => renderField(field, typed, onEnter))}
        ${dialog.preview && html`<p class="preview" data-testid="preview">${dialog.preview(previewValues(shown(), typed))}</p>`}
        ${state.notice && html`<p class="note">${state.notice}</p>`}
        ${state.failure && html`<p class="failure" role="alert" data-testid="failure">${state.failure}</p>`}
        <footer>
          ${(dialog.actions ?? []).map((action) => html`<button type="button" onClick=${() => run(action)}>${action.label}</button>`)}
          <button type="submit" class=${["submit", dialog.danger && "danger"]} disabled=${state.busy} data-testid="submit">
            ${state.busy ? "请稍候……" : dialog.submitLabel ?? "确定"} <kbd>Enter</kbd>
          </button>
        </footer>
      </form>`;
  },
};

function readField({ label, kind, optional }, text) {
  if (kind === "tick") {
    if (text !== true) throw new Error(`请确认${label}`);
    return true;
  }
  if (isEmpty(text)) {
    if (optional) return null;
    throw new Error(`请填写${label}`);
  }
  if (kind === "money") {
    const fen = parseFen(text);
    if (fen === null) throw new Error(`${label}应为金额，例如 12.50`);
    return fen;
  }
  if (kind === "whole") {
    if (!/^-?\d{1,8}$/.test(String(text).trim())) throw new Error(`${label}应为整数`);
    return Number(text);
  }
  return String(text).trim();
}

function previewValues(fields, typed) {
  return Object.fromEntries(fields.map(({ name, kind }) => [name, kind === "money" ? parseFen(typed[name]) : typed[name]]));
}

function renderField(field, typed, onEnter) {
  if (field.kind === "choice") return renderChoice(field, typed, onEnter);
  if (field.kind === "tick") return renderTick(field, typed, onEnter);
  const isNumber = field.kind === "money" || field.kind === "whole";
  return html`
    <label class="field">
      <span>${field.label}</span>
      <input name=${field.name} class=${isNumber && "number"} type=${field.kind === "secret" ? "password" : "text"}
             inputmode=${field.kind === "money" ? "decimal" : field.kind === "secret" ? "numeric" : "text"} autocomplete="off"
             placeholder=${field.placeholder ?? ""} value=${typed[field.name]}
             onInput=${(event) => (typed[field.name] = event.target.value)}
             onKeydown=${(event) => event.key === "Enter" && !event.isComposing && onEnter(event)} />
      ${field.quick && html`<span class="quick">${field.quick.map((value) => html`
        <button type="button" onClick=${(event) => fill(event, typed, field.name, value)}>${value}</button>`)}</span>`}
    </label>`;
}

/** Space changes it, Enter goes on. */
function renderTick({ name, label }, typed, onEnter) {
  return html`
    <label class="field tick">
      <input name=${name} type="checkbox" checked=${typed[name] === true} onChange=${(event) => (typed[name] = event.target.checked)}
             onKeydown=${(event) => event.key === "Enter" && (event.preventDefault(), onEnter(event))} />
      <span>${label}</span>
    </label>`;
}

/** The input gets the focus back, so that Enter goes on from there. */
function fill(event, typed, name, value) {
  typed[name] = value;
  event.currentTarget.closest("label").querySelector("input").focus();
}

/** Arrow keys change it, Enter goes on. */
function renderChoice(field, typed, onEnter) {
  return html`
    <fieldset class="field choice"><legend>${field.label}</legend>
      <div>${field.options.map(([value, label]) => html`
        <label class=${["option", typed[field.name] === value && "chosen"]}><input type="radio" name=${field.name} checked=${typed[field.name] === value}
          onChange=${() => (typed[field.name] = value)} onKeydown=${(event) => event.key === "Enter" && onEnter(event)} />${label}</label>`)}</div>
    </fieldset>`;
}
