// The till (收银台): signs in, then shows the sale in front and waits for keys, scanner and news.

import { hasToken } from "./api.js";
import { dialogLayer } from "./dialogs.js";
import { html } from "../../m/js/html.js";
import { KEYS, keepFocus, listen, run } from "./keys.js";
import { loadSession, showUnanswered } from "./menu.js";
import * as news from "./news.js";
import { waiting } from "./offline_cash.js";
import { countWaiting, openOrders } from "./orders.js";
import { unanswered } from "./outbox.js";
import { saleView } from "./sale_view.js";
import { isOpen, listOpen } from "./sales.js";
import { ask as askShift } from "./shifts.js";
import { side } from "./side.js";
import { SignIn } from "./sign_in.js";
import { state } from "./state.js";

const { createApp, nextTick, onMounted, watch } = window.Vue;

createApp({
  setup() {
    onMounted(start);
    watch(() => [state.session, state.dialogs.length], () => nextTick(keepFocus));
    return () => {
      if (state.starting) return html`<p class="loading">正在打开收银台……</p>`;
      if (!state.session) return html`<${SignIn} />`;
      return html`<div class="till">${topBar()}<main>${saleView()}${side()}</main>${keyBar()}${dialogLayer()}</div>`;
    };
  },
}).mount("#app");

async function start() {
  listen();
  try {
    if (hasToken()) await loadSession();
    if (state.session) await Promise.all([listOpen(), countWaiting()]);
  } catch {
    // Signed out, or no network: the sign-in is shown and tells why it is refused.
  }
  state.starting = false;
  news.start();
}

function topBar() {
  const { terminal, cashier, shift } = state.session;
  const queued = waiting.value.length + unanswered.value.length;
  return html`
    <header class="top">
      <strong>${terminal.store?.name ?? terminal.name}</strong><span>${terminal.name} · ${cashier.name}</span>
      <nav>
        ${queued > 0 && html`<button type="button" class="queued" data-testid="queued" onClick=${() => run(showUnanswered)}>待上传 ${queued} 笔</button>`}
        <span class=${["network", state.offline && "down"]} data-testid="network">${state.offline ? "网络不通" : "已联网"}</span>
        <button type="button" class=${state.waitingOrders > 0 && "queued"} data-testid="orders" onClick=${() => run(openOrders)}>线上订单${state.waitingOrders > 0 ? ` ${state.waitingOrders}` : ""}</button>
        <button type="button" onClick=${() => run(askShift)}>${shift ? "交班" : "上班"}</button>
      </nav>
    </header>`;
}

function keyBar() {
  return html`
    <nav class="keys" aria-label="功能键">${KEYS.map(({ key, label, act, pays }) => html`
      <button type="button" key=${key} class=${pays && isOpen() && "pays"} onClick=${() => run(act)}>
        <kbd>${key}</kbd><span>${label}${key === "F11" && state.parkedCount > 0 && html`<i>${state.parkedCount}</i>`}</span>
      </button>`)}</nav>`;
}
