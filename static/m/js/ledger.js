// A ledger of mine, read page by page: the lines, a button for more, a sentence when there are none.

import { html } from "./html.js";

const { onMounted, reactive, watch } = window.Vue;
const { Button } = window.vant;

/** `ask(cursor)` brings a page; `line` shows one of its lines; asked anew whenever `turn` changes. */
export const Ledger = {
  props: { ask: Function, line: Function, empty: String, turn: [String, Number] },
  setup(props) {
    const state = reactive({ lines: [], cursor: null, told: false, failure: "", busy: false });
    let asked = 0;

    async function load(cursor = null) {
      const mine = ++asked; // an answer that comes after a newer question is no longer wanted
      state.busy = true;
      try {
        const found = await props.ask(cursor);
        if (mine !== asked) return;
        state.lines = cursor ? [...state.lines, ...found.list] : found.list;
        state.cursor = found.has_more ? (found.next_cursor ?? found.page + 1) : null;
        Object.assign(state, { told: true, failure: "" });
      } catch (refusal) {
        if (mine === asked) state.failure = refusal.message;
      } finally {
        if (mine === asked) state.busy = false;
      }
    }

    function begin() {
      Object.assign(state, { lines: [], cursor: null, told: false });
      return load();
    }

    onMounted(begin);
    watch(() => props.turn, begin);
    return () => html`
      <div>
        ${state.failure && html`<p class="trouble">${state.failure} <button type="button" onClick=${() => load(state.cursor)}>重试</button></p>`}
        ${state.told && !state.lines.length && html`<p class="empty" data-testid="empty">${props.empty}</p>`}
        <ul class="entries">${state.lines.map(props.line)}</ul>
        ${state.cursor && html`
          <${Button} block=${true} size="small" plain=${true} round=${true} loading=${state.busy} onClick=${() => load(state.cursor)} data-testid="more">更多<//>`}
      </div>`;
  },
};
