// The code to pay with: shown on demand, replaced before it expires, hidden while the page is in the background.
// It tells of the payment within two seconds.

import { get, post } from "../api.js";
import { html } from "../html.js";
import { yuan } from "../money.js";
import { pageUrl } from "../page_context.js";
import { shownCode } from "../shown_code.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button } = window.vant;
const RENEW_BEFORE_S = 2; // a code that ends while the till reads it is of no use
const CODES = "/api/me/stored-value/payment-codes";

export const PaymentCode = {
  props: { joined: Boolean },
  emits: ["frozen", "paid"],
  setup(props, { emit }) {
    const state = reactive({ open: false, code: "", picture: "", barCode: "", secondsLeft: 0, failure: "", busy: false, use: null });
    let endsAt = 0;
    let timer = null;
    let polling = false;
    let lastUsedAt = null; // of the use before this page showed a code

    async function renew() {
      if (state.busy) return;
      state.busy = true;
      try {
        const data = await post(CODES);
        if (!state.open) return; // closed meanwhile
        endsAt = Date.now() + data.expires_in_s * 1000; // by the phone's own clock, which may go wrong
        Object.assign(state, { code: data.code, picture: data.picture, barCode: data.bar_code, secondsLeft: data.expires_in_s, failure: "" });
      } catch (error) {
        close();
        state.failure = error.message;
        if (error.code === "stored_value_frozen") emit("frozen");
      } finally {
        state.busy = false;
      }
    }

    /** Without an answer the next second asks again. */
    async function readUse() {
      return (await get(`${CODES}/latest-use`)).use;
    }

    async function poll() {
      if (polling) return;
      polling = true;
      try {
        const use = await readUse();
        if (!state.open || !use || use.used_at === lastUsedAt) return;
        Object.assign(state, { use, code: "" }); // a used code is shown no longer
        if (use.state === "held") return;
        close();
        state.use = use;
        emit("paid");
      } catch {
        // the next second asks again
      } finally {
        polling = false;
      }
    }

    function tick() {
      if (document.hidden) return;
      poll();
      if (state.use) return;
      state.secondsLeft = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
      if (state.secondsLeft <= RENEW_BEFORE_S) renew();
    }

    async function open() {
      clearInterval(timer);
      Object.assign(state, { open: true, failure: "", use: null });
      try {
        lastUsedAt = (await readUse())?.used_at ?? null; // before the code: no use of it is missed
      } catch (error) {
        close();
        state.failure = error.message;
        return;
      }
      await renew();
      if (state.open) timer = setInterval(tick, 1000);
    }

    function close() {
      clearInterval(timer);
      Object.assign(state, { open: false, code: "", picture: "", barCode: "", use: null });
    }

    const onVisible = () => state.open && !document.hidden && tick();
    onMounted(() => document.addEventListener("visibilitychange", onVisible));
    onUnmounted(() => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisible);
    });
    return () => html`
      <section class="card code-card payment-code" data-testid="payment-code">
        <h2>付款码</h2>
        ${state.failure && html`<p class="error-text" role="alert" data-testid="code-failure">${state.failure}</p>`}
        ${state.use && useView(state.use)}
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

function useView({ state, amount_fen, available_fen }) {
  const texts = {
    committed: `支付成功 −${yuan(amount_fen)} 元，余额 ${yuan(available_fen)}`,
    held: `已扫码 ${yuan(amount_fen)} 元，等待收银完成`,
    released: `收银已取消，${yuan(amount_fen)} 元已退回余额`,
  };
  return html`<p class=${state === "committed" ? "code-success" : "code-notice"} role="status" data-testid="code-used">${texts[state]}</p>`;
}

function codeView({ code, picture, barCode, secondsLeft, busy, use }, renew, close) {
  const hideButton = html`<${Button} size="small" round=${true} onClick=${close} data-testid="hide-code">收起<//>`;
  if (use) return html`<p class="code-actions">${hideButton}</p>`;
  if (!code) return html`<p class="waiting">正在取码…</p>`;
  return html`
    ${shownCode({ code, barCode, qrCode: picture, label: "付款" })}
    <p class="hint" data-testid="code-left">${secondsLeft} 秒后自动更新</p>
    <p class="code-actions">
      <${Button} size="small" round=${true} loading=${busy} onClick=${renew} data-testid="renew-code">立即更新<//>
      ${hideButton}
    </p>`;
}
