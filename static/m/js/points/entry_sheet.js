// One entry of the points ledger: from which points it took, or where the points that it brought have gone.

import { get } from "../api.js";
import { dayOf, momentText } from "../days.js";
import { html } from "../html.js";
import { signed } from "./signed.js";

const { reactive, watch } = window.Vue;
const { Popup, Loading } = window.vant;

export const EntrySheet = {
  props: { entry: String },
  emits: ["close"],
  setup(props, { emit }) {
    const state = reactive({ told: null, failure: "" });

    async function load(id) {
      if (!id) return;
      Object.assign(state, { told: null, failure: "" });
      try {
        state.told = await get(`/api/me/points/entries/${encodeURIComponent(id)}`);
      } catch (refusal) {
        state.failure = refusal.message;
      }
    }

    watch(() => props.entry, load);
    return () => html`
      <${Popup} show=${Boolean(props.entry)} position="bottom" round=${true} closeable=${true} ...${{ "onUpdate:show": () => emit("close") }}>
        <div class="sheet" data-testid="entry-sheet">${content(state)}</div>
      <//>`;
  },
};

function content({ told, failure }) {
  if (failure) return html`<p class="trouble">${failure}</p>`;
  if (!told) return html`<p class="waiting"><${Loading} /></p>`;
  return html`
    <h2>${told.reason || told.word} ${signed(told.value)}</h2>
    <p class="hint">${facts(told).join(" · ")}</p>
    ${told.taken_from.length > 0 && parts(told.value < 0 ? "使用了这些积分" : "退回到这些积分", told.taken_from)}
    ${told.given_to.length > 0 && parts("这些积分用到了", told.given_to)}`;
}

function facts({ word, at, order_number, expires_at, left }) {
  const ends = expires_at && `有效期至 ${dayOf(new Date(new Date(expires_at) - 1))}`;
  return [word, momentText(at), order_number && `订单 ${order_number}`, ends, left !== null && `剩余 ${left}`].filter(Boolean);
}

function parts(title, moved) {
  return html`
    <h3>${title}</h3>
    <ul class="entries">${moved.map(({ value, entry }, at) => html`
      <li key=${at} data-testid="part">
        <span><span>${entry.reason || entry.word}</span><small>${momentText(entry.at)}</small></span>
        ${signed(value)}
      </li>`)}
    </ul>`;
}
