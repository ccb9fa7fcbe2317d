// A ledger of mine, read page by page: the lines, a button for more, a sentence when there are none.

import { html } from "./html.js";

const { onMounted, reactive, watch } = window.Vue;
const { Button } = window.vant;

/** `fetchPage(cursor)` brings a page; `renderRow` shows one of its lines; asked anew whenever `refreshKey` changes. */
export const Ledger = {
  props: { fetchPage: Function, renderRow: Function, empty: String, refreshKey: [String, Number] },
  setup(props) {
    const state = reactive({ lines: [], cursor: null, loaded: false, failure: "", busy: false });
    let latestRequest = 0;

    async function load(cursor = null) {
      const requestNumber = ++latestRequest; // an answer that comes after a newer question is no longer wanted
      state.busy = true;
      try {
        const found = await props.fetchPage(cursor);
        if (requestNumber !== latestRequest) return;
        state.lines = cursor ? [...state.lines, ...found.list] : found.list;
        state.cursor = found.has_more ? found.next_cursor : null;
        Object.assign(state, { loaded: true, failure: "" });
      } catch (error) {
        if (requestNumber === latestRequest) state.failure = error.message;
      } finally {
        if (requestNumber === latestRequest) state.busy = false;
      }
    }

    function reload() {
      Object.assign(state, { lines: [], cursor: null, loaded: false });
      return load();
    }

    onMounted(reload);
    watch(() => props.refreshKey, reload);
    return () => html`
      <div>
        ${state.failure && html`<p class="error-text">${state.failure} <button type="button" onClick=${() => load(state.cursor)}>重试</button></p>`}
        ${state.loaded && !state.lines.length && html`<p class="empty" data-testid="empty">${props.empty}</p>`}
        <ul class="entries">${state.lines.map(props.renderRow)}</ul>
        ${state.cursor && html`
          <${Button} block=${true} size="small" plain=${true} round=${true} loading=${state.busy} onClick=${() => load(state.cursor)} data-testid="more">更多<//>`}
      </div>`;
  },
};
