// The page of a shop's collection code: the customer enters an amount and pays with WeChat or Alipay.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { parseYuan, yuan } from "./money.js";
import { isSignedIn, mountPage, pageUrl, shopId as code } from "./page_context.js";
import { requestPayment } from "./payment_bridge.js";
import { visiblePollOfOrder } from "./collection/order_poll.js";
import { resultView } from "./collection/result.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;
const BASE = `/api/collection-codes/${encodeURIComponent(code)}`;

mountPage({
  setup() {
    const state = reactive({ shop: null, failure: "", text: "", message: "", busy: false, begun: null, order: null });
    let stop = () => {};

    async function load() {
      state.failure = "";
      try {
        state.shop = await get(BASE);
      } catch (error) {
        state.failure = error.message;
      }
    }

    /** An amount that was begun is asked for again with the same order. */
    async function begin(amountFen) {
      if (state.begun?.amount_fen === amountFen) return;
      stop();
      state.begun = await post(`${BASE}/payments`, { amount_fen: amountFen });
      stop = visiblePollOfOrder(state.begun.order_number, (order) => Object.assign(state, { order }));
    }

    async function pay() {
      const amountFen = parseYuan(state.text);
      const refused = checkAmount(amountFen, state.shop.max_amount_fen);
      if (refused) return Object.assign(state, { message: refused });
      Object.assign(state, { busy: true, message: "" });
      try {
        await begin(amountFen);
        const result = await requestPayment(state.begun.method, state.begun.payment);
        state.message = { paid: "正在确认付款结果…", cancelled: "付款已取消", unknown: "付款没有完成，如已扣款请稍候查看结果" }[result];
      } catch (error) {
        state.message = error.message;
      } finally {
        state.busy = false;
      }
    }

    onMounted(() => isSignedIn && load());
    onUnmounted(() => stop());
    return () => html`<div class="page collection"><main>${content(state, load, pay)}</main></div>`;
  },
});

function checkAmount(fen, maxFen) {
  if (fen === null || fen < 1) return "请填写金额，最多两位小数";
  return fen > maxFen ? `单笔最多 ${yuan(maxFen)} 元` : "";
}

function content(state, load, pay) {
  if (!isSignedIn) return html`<${Empty} image="error" description="没有识别到付款账号，请重新扫码" data-testid="unidentified" />`;
  if (state.failure) {
    return html`<${Empty} image="error" description=${state.failure} data-testid="load-error"><${Button} round=${true} type="primary" onClick=${load}>重试<//><//>`;
  }
  if (!state.shop) return html`<section class="card"><${Skeleton} title=${true} row=${4} /></section>`;
  if (state.order?.state === "closed") return html`<${Empty} image="error" description="该笔付款已超时关闭，请重新扫码" data-testid="closed" />`;
  if (state.order?.paid_at) return resultView(state.order, pageUrl("orders"));
  return amountForm(state, pay);
}

function amountForm(state, pay) {
  return html`
    <form class="card amount-form" data-testid="amount-form" onSubmit=${(event) => { event.preventDefault(); pay(); }}>
      <h1>${state.shop.store_name}</h1>
      <label for="amount">付款金额（元）</label>
      <p class="amount-line"><span aria-hidden="true">¥</span><input id="amount" inputmode="decimal" autocomplete="off" maxlength="9" placeholder="0.00"
        value=${state.text} onInput=${(event) => Object.assign(state, { text: event.target.value, message: "" })} data-testid="amount" /></p>
      ${state.message && html`<p class="pay-message" role="status" data-testid="message">${state.message}</p>`}
      <${Button} type="primary" block=${true} round=${true} nativeType="submit" loading=${state.busy} disabled=${!state.text} data-testid="pay">${payLabel(state)}<//>
      <p class="hint">付款前请与店员核对金额</p>
    </form>`;
}

function payLabel({ shop, text, begun }) {
  const name = shop.method === "alipay" ? "支付宝" : "微信";
  return begun && begun.amount_fen === parseYuan(text) ? `继续用${name}付款` : `${name}付款`;
}
