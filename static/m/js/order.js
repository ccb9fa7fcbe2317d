// One order: its state, the pickup code, the goods, what was paid, its steps, and what I can do now.

import { get, post, remove } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { yuan } from "./money.js";
import { mountMemberPage } from "./page_shell.js";
import { pageUrl } from "./page_context.js";
import { addressText, orderLine, totals } from "./mall/order_parts.js";
import { cartUrl, pathId } from "./mall/context.js";
import { CancelSheet } from "./mall/cancel_sheet.js";
import { pay } from "./mall/pay_order.js";
import { pollWhileVisible } from "./visible_poll.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button, showConfirmDialog, showToast } = window.vant;
const path = `/api/me/orders/${encodeURIComponent(pathId())}`;
const ENDED = ["completed", "closed", "refused", "refunded"];
const POLL_MS = 2000;

const OrderPage = {
  props: { first: Object },
  setup({ first }) {
    const state = reactive({ order: first, busy: "", now: 0, ahead: 0, asksReason: false });
    let stop = () => {};
    let timer = 0;
    const tick = () => (state.now = Date.now() + state.ahead);

    /** The countdown follows the clock of the server: phones go wrong. */
    function show(order) {
      Object.assign(state, { order, ahead: new Date(order.server_time) - Date.now() });
      tick();
    }

    async function read() {
      show(await get(path));
      return ENDED.includes(state.order.state);
    }

    async function act(name) {
      if (state.busy) return;
      state.busy = name;
      try {
        await ACTIONS[name](state);
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = "";
      }
    }

    async function cancel(reason) {
      state.order = await post(`${path}/cancellation`, { reason });
      state.asksReason = false;
    }

    show(first);
    onMounted(() => {
      if (!ENDED.includes(first.state)) stop = pollWhileVisible(read, POLL_MS);
      timer = setInterval(tick, 1000);
    });
    onUnmounted(() => {
      stop();
      clearInterval(timer);
    });
    return () => html`<div>${content(state, act)}<${CancelSheet} show=${state.asksReason} isPaid=${Boolean(state.order.paid_at)} onCancel=${cancel} onClose=${() => (state.asksReason = false)} /></div>`;
  },
};

mountMemberPage("order", () => get(path), (order) => html`<${OrderPage} first=${order} />`);

const agreed = (title, message) => showConfirmDialog({ title, message }).then(() => true, () => false);
const reread = async (state) => (state.order = await get(path));

const ACTIONS = {
  async pay(state) {
    await pay(state.order.number);
    await reread(state);
  },
  async cancel(state) {
    state.asksReason = true;
  },
  async receive(state) {
    if (await agreed("确认收到商品？", "")) state.order = await post(`${path}/arrival`);
  },
  async reorder() {
    const { added, missing } = await post(`${path}/reorder`);
    if (missing.length) showToast(`${missing.join("、")}已下架或售完`);
    if (added) location.assign(cartUrl());
  },
  async delete() {
    if (!(await agreed("删除这个订单？", "删除后不再显示。"))) return;
    await remove(path);
    location.replace(pageUrl("orders"));
  },
};

function content(state, act) {
  const { order } = state;
  return html`
    <div class="checkout-columns" data-testid="order-page">
      <div>
        <section class="card order-state"><h1 data-testid="order-state">${order.state_label}</h1>${hint(order, state.now)}</section>
        ${order.pickup_code && html`
          <section class="card pickup" data-testid="pickup"><h2>取货码</h2><p class="pickup-code" data-testid="pickup-code">${order.pickup_code}</p>
            <p class="hint">到店出示给店员${order.slot_starts_at ? `，${momentText(order.slot_starts_at)} 起取货` : ""}</p></section>`}
        <section class="card"><h2>${order.store.name}</h2><p class="hint">${order.fulfilment_label}${order.payment_terms === "cash_on_delivery" ? "，货到付款" : ""}</p>
          ${order.address && html`<p data-testid="address">${addressText(order.address)}</p>`}
          ${order.parcels.map(({ company, tracking_number }, at) => html`<p key=${at} data-testid="parcel">${company ? `${company} ${tracking_number}` : "由门店配送"}</p>`)}</section>
        <section class="card">${order.lines.filter(({ line }) => line !== "F").map(orderLine)}</section>
      </div>
      <div>
        ${totals(order)}
        ${order.refunds.length > 0 && html`<section class="card"><h2>退款</h2><ul class="rows">${order.refunds.map(({ number, amount_fen, at }) => html`<li key=${number} data-testid="refund"><span>${momentText(at)}</span><b>¥${yuan(amount_fen)}</b></li>`)}</ul></section>`}
        ${invoiceCard(order)}
        <section class="card"><h2>订单信息</h2><ul class="rows"><li><span>单号</span><span>${order.number}</span></li><li><span>下单时间</span><span>${momentText(order.placed_at)}</span></li>${order.remark && html`<li><span>备注</span><span>${order.remark}</span></li>`}</ul>
          ${order.steps.length > 0 && html`<ol class="steps" data-testid="steps">${order.steps.map(({ state_label, at, operator, message }, place) => html`<li key=${place}><b>${state_label}</b><span>${momentText(at)} ${operator}</span>${message && html`<small>${message}</small>`}</li>`)}</ol>`}</section>
        <p class="order-actions">${order.actions.map(({ name, label }) => html`
          <${Button} key=${name} round=${true} type=${["pay", "receive"].includes(name) ? "primary" : "default"} loading=${state.busy === name} onClick=${() => act(name)} data-testid=${`do-${name}`}>${label}<//>`)}</p>
      </div>
    </div>`;
}

function invoiceCard({ invoice, invoice_number, invoiced_at }) {
  if (!invoice) return null;
  return html`
    <section class="card" data-testid="invoice"><h2>发票</h2><ul class="rows"><li><span>抬头</span><span>${invoice.title}</span></li>
      ${invoice.tax_number && html`<li><span>税号</span><span>${invoice.tax_number}</span></li>`}
      <li><span>发票号码</span><span data-testid="invoice-number">${invoice_number ?? "待开具"}</span></li>
      ${invoiced_at && html`<li><span>开票时间</span><span>${momentText(invoiced_at)}</span></li>`}</ul></section>`;
}

function hint({ state, ends_at, due_fen }, now) {
  if (state !== "unpaid" || !ends_at) return null;
  const left = Math.max(0, Math.round((new Date(ends_at) - now) / 1000));
  return html`<p class="hint" data-testid="time-left">还需付 ¥${yuan(due_fen)}，${Math.floor(left / 60)} 分 ${left % 60} 秒后关闭</p>`;
}
