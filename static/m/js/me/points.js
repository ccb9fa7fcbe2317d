// The latest entries of the points ledger.

import { get } from "../api.js";
import { momentText } from "../days.js";
import { html } from "../html.js";

const { onMounted, reactive, watch } = window.Vue;
const { Button } = window.vant;
const PAGE_SIZE = 10;

export const MyPoints = {
  props: { refreshKey: Number },
  setup(props) {
    const state = reactive({ entries: [], cursor: null, loaded: false, failure: "", busy: false });

    async function load(cursor = null) {
      state.busy = true;
      try {
        const found = await get("/api/me/points/entries", { limit: PAGE_SIZE, cursor });
        state.entries = cursor ? [...state.entries, ...found.list] : found.list;
        state.cursor = found.has_more ? found.next_cursor : null;
        Object.assign(state, { loaded: true, failure: "" });
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.busy = false;
      }
    }

    onMounted(() => load());
    watch(() => props.refreshKey, () => load());
    return () => html`
      <section class="card" data-testid="entries">
        <h2>积分明细</h2>
        ${state.failure && html`<p class="error-text">${state.failure} <a href="#" onClick=${retry(load)}>重试</a></p>`}
        ${state.loaded && !state.entries.length && html`<p class="empty">还没有积分，签到一下就有了</p>`}
        <ul class="entries">${state.entries.map(entryRow)}</ul>
        ${state.cursor && html`
          <${Button} block=${true} size="small" plain=${true} round=${true} loading=${state.busy} onClick=${() => load(state.cursor)}>更多<//>`}
      </section>`;
  },
};

function retry(load) {
  return (event) => {
    event.preventDefault();
    load();
  };
}

function entryRow({ id, occurred_at, label, value, reason }) {
  return html`
    <li key=${id} data-testid="entry">
      <div><span>${reason || label}</span><small>${momentText(occurred_at)}</small></div>
      <b class=${value > 0 ? "plus" : "minus"}>${value > 0 ? "+" : "−"}${Math.abs(value)}</b>
    </li>`;
}
