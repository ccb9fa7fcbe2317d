// The code to pay with: shown on demand, replaced before it expires, hidden while the page is in the background.

import { post } from "../api.js";
import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button } = window.vant;
const RENEW_BEFORE_S = 2; // a code that ends while the till reads it is of no use

export const PaymentCode = {
  props: { joined: Boolean },
  emits: ["frozen"],
  setup(props, { emit }) {
    const state = reactive({ open: false, code: "", picture: "", secondsLeft: 0, failure: "", busy: false });
    let endsAt = 0;
    let timer = null;

    async function renew() {
      if (state.busy) return;
      state.busy = true;
      try {
        const data = await post("/api/me/stored-value/payment-codes");
        endsAt = Date.now() + data.expires_in_s * 1000; // by the phone's own clock, which may go wrong
        Object.assign(state, { code: data.code, picture: data.picture, secondsLeft: data.expires_in_s, failure: "" });
      } catch (error) {
        close();
        state.failure = error.message;
        if (error.code === "stored_value_frozen") emit("frozen");
      } finally {
        state.busy = false;
      }
    }

    function tick() {
      state.secondsLeft = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
      if (state.secondsLeft <= RENEW_BEFORE_S && !document.hidden) renew();
    }

    function open() {
      Object.assign(state, { open: true, failure: "" });
      clearInterval(timer);
      timer = setInterval(tick, 1000);
      return renew();
    }

    function close() {
      clearInterval(timer);
      Object.assign(state, { open: false, code: "", picture: "" });
    }

    const onVisible = () => state.open && !document.hidden && tick();
    onMounted(() => document.addEventListener("visibilitychange", onVisible));
    onUnmounted(() => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisible);
    });
    return () => html`
      <section class="card payment-code" data-testid="payment-code">
        <h2>付款码</h2>
        ${state.failure && html`<p class="error-text" role="alert" data-testid="code-failure">${state.failure}</p>`}
        ${!props.joined ? notMemberView() : state.open ? codeView(state, renew, close) : hiddenView(open)}
      </section>`;
  },
};

function hiddenView(open) {
  return html`
    <p class="hint">付款时出示给收银员，每分钟自动更新，请勿截图给他人</p>
    <${Button} type="primary" block=${true} round=${true} onClick=${open} data-testid="show-code">显示付款码<//>`;
}

function notMemberView() {
  return html`<p class="empty">注册会员后可用 <a href=${pageUrl("me")} class="more">去注册</a></p>`;
}

function codeView({ code, picture, secondsLeft, busy }, renew, close) {
  if (!code) return html`<p class="waiting">正在取码…</p>`;
  return html`
    <img src=${picture} width="240" height="240" alt="付款二维码" data-testid="code-picture" />
    <p class="code-digits" data-testid="code-digits">${code.replace(/(.{4})(?=.)/g, "$1 ")}</p>
    <p class="hint" data-testid="code-left">${secondsLeft} 秒后自动更新</p>
    <p class="code-actions">
      <${Button} size="small" round=${true} loading=${busy} onClick=${renew} data-testid="renew-code">立即更新<//>
      <${Button} size="small" round=${true} onClick=${close} data-testid="hide-code">收起<//>
    </p>`;
}
