// The member code: shown on demand, changing by itself, and a word when the shop has read it.

import { get } from "../api.js";
import { html } from "../html.js";
import { shownCode } from "../shown_code.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button } = window.vant;
const POLL_MS = 1500; // the phone tells of a use within two seconds

export const MemberCode = {
  setup() {
    const state = reactive({ open: false, shown: null, failure: "", used: false });
    let timer = null;

    async function load() {
      try {
        const shown = await get("/api/me/member-code");
        if (!state.open) return;
        if (state.shown && shown.last_used_at !== state.shown.last_used_at) state.used = true;
        Object.assign(state, { shown, failure: "" });
      } catch (error) {
        state.failure = error.message;
      }
    }

    /** One request at a time: with a slow network many would wait otherwise. */
    async function poll() {
      if (!document.hidden) await load();
      if (state.open) timer = setTimeout(poll, POLL_MS);
    }

    function open() {
      Object.assign(state, { open: true, shown: null, failure: "", used: false });
      return poll();
    }

    function close() {
      clearTimeout(timer);
      Object.assign(state, { open: false, shown: null });
    }

    const onVisible = () => state.open && !document.hidden && load();
    onMounted(() => document.addEventListener("visibilitychange", onVisible));
    onUnmounted(() => {
      close();
      document.removeEventListener("visibilitychange", onVisible);
    });
    return () => html`
      <section class="card code-card" data-testid="member-code">
        <h2>会员码</h2>
        ${state.open ? openView(state, close) : closedView(open)}
      </section>`;
  },
};

function closedView(open) {
  return html`
    <p class="hint">结账时出示给收银员，识别会员身份，自动更新</p>
    <${Button} type="primary" block=${true} round=${true} onClick=${open} data-testid="show-member-code">出示会员码<//>`;
}

function openView({ shown, failure, used }, close) {
  return html`
    ${failure && html`<p class="error-text" role="alert" data-testid="code-failure">${failure}</p>`}
    ${used && html`<p class="code-success" role="status" data-testid="code-used">门店已识别您的会员身份</p>`}
    ${shown ? shownCode({ code: shown.code, barCode: shown.bar_code, qrCode: shown.qr_code, label: "会员码" }) : !failure && html`<p class="waiting">正在取码…</p>`}
    <p class="code-actions">
      <${Button} size="small" round=${true} onClick=${close} data-testid="hide-member-code">收起<//>
    </p>`;
}
