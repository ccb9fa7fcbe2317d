// One entry of the points ledger: from which points it took, or where the points that it brought have gone.

import { get } from "../api.js";
import { dayOf, momentText } from "../days.js";
import { html } from "../html.js";
import { signedPoints } from "./signed_points.js";

const { reactive, watch } = window.Vue;
const { Popup, Loading } = window.vant;

export const EntrySheet = {
  props: { entry: String },
  emits: ["close"],
  setup(props, { emit }) {
    const state = reactive({ data: null, failure: "" });

    async function load(id) {
      if (!id) return;
      Object.assign(state, { data: null, failure: "" });
      try {
        state.data = await get(`/api/me/points/entries/${encodeURIComponent(id)}`);
      } catch (error) {
        state.failure = error.message;
      }
    }

    watch(() => props.entry, load);
    return () => html`
      <${Popup} show=${Boolean(props.entry)} position="bottom" round=${true} closeable=${true} ...${{ "onUpdate:show": () => emit("close") }}>
        <div class="sheet" data-testid="entry-sheet">${content(state)}</div>
      <//>`;
  },
};

function content({ data, failure }) {
  if (failure) return html`<p class="error-text">${failure}</p>`;
  if (!data) return html`<p class="waiting"><${Loading} /></p>`;
  return html`
    <h2>${data.reason || data.label} ${signedPoints(data.value)}</h2>
    <p class="hint">${detailTexts(data).join(" · ")}</p>
    ${data.source_lines.length > 0 && allocationList(data.value < 0 ? "使用了这些积分" : "退回到这些积分", data.source_lines)}
    ${data.lot_lines.length > 0 && allocationList("这些积分用到了", data.lot_lines)}`;
}

function detailTexts({ label, occurred_at, order_number, expires_at, remaining }) {
  const ends = expires_at && `有效期至 ${dayOf(new Date(new Date(expires_at) - 1))}`;
  return [label, momentText(occurred_at), order_number && `订单 ${order_number}`, ends, remaining !== null && `剩余 ${remaining}`].filter(Boolean);
}

function allocationList(title, allocations) {
  return html`
    <h3>${title}</h3>
    <ul class="entries">${allocations.map(({ value, entry }, at) => html`
      <li key=${at} data-testid="allocation">
        <span><span>${entry.reason || entry.label}</span><small>${momentText(entry.occurred_at)}</small></span>
        ${signedPoints(value)}
      </li>`)}
    </ul>`;
}
