// The screen of a shop: the numbers that are called now, and how many wait by type. It updates by itself.

import { get } from "./api.js";
import { html } from "./html.js";
import { mountPage, shopId } from "./page_context.js";
import { pollWhileVisible } from "./visible_poll.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const INTERVAL_MS = 2000;

mountPage({
  setup() {
    const state = reactive({ queue: null, code: "", offline: false });

    async function load() {
      try {
        state.queue = await get("/api/queues", { store_id: shopId });
        state.code ||= (await get("/api/queues/code", { store_id: shopId })).qr_code;
        state.offline = false;
      } catch {
        state.offline = true; // the last numbers stay
      }
    }

    onMounted(load);
    onUnmounted(pollWhileVisible(load, INTERVAL_MS));
    return () => html`<main class="queue-screen">${state.queue ? screen(state) : html`<p class="hint" data-testid="loading">正在连接……</p>`}</main>`;
  },
});

function screen({ queue, code, offline }) {
  return html`
    <header><h1>${queue.store_name}</h1>${offline && html`<p role="alert">网络中断，正在重试</p>`}</header>
    <section class="screen-called" aria-live="assertive" aria-label="请就位"><h2>请就位</h2>
      ${queue.called.length ? html`<ul>${queue.called.slice(0, 6).map((code) => html`<li key=${code} data-testid="screen-called">${code}</li>`)}</ul>` : html`<p class="screen-none">请等待叫号</p>`}
    </section>
    <section class="screen-waiting"><h2>等待</h2>
      <ul>${queue.list.map(({ id, letter, name, waiting, last_code }) => html`
        <li key=${id} data-testid="screen-type"><b>${letter} ${name}</b><span>${waiting} 位在等</span><small>${last_code ? `已叫到 ${last_code}` : "还没有叫号"}</small></li>`)}</ul>
      ${code && html`<div class="screen-code"><img src=${code} alt="排队取号的二维码" width="180" height="180" /><p>扫码取号</p></div>`}
    </section>`;
}
