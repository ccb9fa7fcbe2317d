// A choice out of a list: arrow keys and Enter, or the number of the item and Enter.

import { html } from "../../m/js/html.js";
import { closeDialog } from "./state.js";

const { onMounted, reactive, ref } = window.Vue;

export const ListDialog = {
  props: ["dialog"],
  setup({ dialog }) {
    const input = ref(null);
    const chosen = new Set(dialog.items.filter((item) => item.chosen));
    const state = reactive({ typed: "", place: 0, failure: "", busy: false, marks: 0 });

    async function finish(value) {
      if (state.busy) return;
      state.busy = true;
      try {
        await dialog.choose(value);
        closeDialog(dialog.id);
      } catch (error) {
        state.failure = error.message;
        input.value?.focus();
      } finally {
        state.busy = false;
      }
    }

    function pick(item) {
      if (!item) return;
      if (item.disabled) return (state.failure = item.detail || "不能使用");
      if (!dialog.multiple || item.alone) return finish(item);
      if (!chosen.delete(item)) chosen.add(item);
      state.marks += 1;
    }

    function enter() {
      const place = state.typed ? Number(state.typed) - 1 : state.place;
      const wasTyped = state.typed;
      state.typed = "";
      if (dialog.multiple && !wasTyped && chosen.size) return finish([...chosen]);
      if (!dialog.items[place]) return (state.failure = dialog.items.length ? "没有这个序号" : "");
      pick(dialog.items[place]);
    }

    function onKey(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        state.place = Math.min(Math.max(state.place + step, 0), dialog.items.length - 1);
      } else if (event.key === "Enter") {
        event.preventDefault();
        enter();
      }
    }

    onMounted(() => input.value?.focus());
    return () => html`
      <div class="body" data-marks=${state.marks}>
        ${dialog.note && html`<p class="note">${dialog.note}</p>`}
        <ol class="items">${dialog.items.map((item, index) => html`
          <li><button type="button" class=${[index === state.place && "front", chosen.has(item) && "chosen", item.disabled && "off"]} data-testid="item" onClick=${() => pick(item)}>
            <b class="digit">${index + 1}</b>
            <span><strong>${item.label}</strong>${item.detail && html`<small>${item.detail}</small>`}</span>
            <em>${chosen.has(item) ? "已选 " : ""}${item.right ?? ""}</em>
          </button></li>`)}</ol>
        ${!dialog.items.length && html`<p class="empty" data-testid="empty">${dialog.empty ?? "这里还没有内容"}</p>`}
        ${state.failure && html`<p class="failure" role="alert" data-testid="failure">${state.failure}</p>`}
        <footer>
          <input ref=${input} class="pick" inputmode="numeric" autocomplete="off" aria-label="序号" placeholder=${dialog.multiple ? "输入序号选择，再按 Enter 确定" : "输入序号，或用 ↑ ↓ 选择"}
                 value=${state.typed} onInput=${(event) => (state.typed = event.target.value.replace(/\D/g, ""))} onKeydown=${onKey} />
          ${dialog.multiple && html`<button type="button" class="submit" onClick=${() => finish([...chosen])}>确定</button>`}
        </footer>
      </div>`;
  },
};
