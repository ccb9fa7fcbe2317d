// The checkout: how the goods come, what pays, the price as the order will have it, then the order and its payment.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { parseYuan, yuan } from "./money.js";
import { mountMemberPage } from "./page_shell.js";
import { pageUrl } from "./page_context.js";
import { addressesUrl, chosen, goodsListUrl, orderUrl } from "./mall/context.js";
import { couponChoice, slotChoice } from "./mall/checkout_parts.js";
import { hints } from "./mall/offers.js";
import { orderLine } from "./mall/order_parts.js";
import { pay } from "./mall/pay_order.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, showToast } = window.vant;

const DRAFT_KEY = "checkout.draft"; // what was chosen before the page of addresses
const DRAFT_FIELDS = ["fulfilment", "slot", "coupons", "usePoints", "storedText", "terms", "remark"];
const TOAST_MS = 1500;

/** Shows a message long enough to be read before the page is left. */
function showMessage(message) {
  showToast({ message, duration: TOAST_MS });
  return new Promise((resolve) => setTimeout(resolve, TOAST_MS));
}

const Checkout = {
  props: { addresses: Array },
  setup({ addresses }) {
    const choice = chosen();
    const picked = addresses.find(({ id }) => id === sessionStorage.getItem("address")) ?? addresses[0] ?? null;
    const state = reactive({
      address: picked, offers: null, preview: null, fulfilment: "pickup", slot: null, coupons: "best", usePoints: false, storedText: "", terms: "online",
      remark: "", wantsInvoice: false, invoice: { kind: "personal", title: "", tax_number: "", email: "" }, busy: false, failure: "",
    });
    let key = ""; // of the order: the same tap twice, or a repeat after a lost answer, is one order

    const request = () => ({
      store_id: choice.store, lines: choice.lines, fulfilment: state.fulfilment,
      ...(state.fulfilment === "delivery" && state.address && { address_id: state.address.id }), ...(state.slot && { slot: state.slot }),
      coupon_codes: state.coupons, points: state.usePoints ? "most" : 0, stored_value_fen: parseYuan(state.storedText || "0") ?? 0,
    });

    async function refresh(values = {}) {
      Object.assign(state, values, { failure: "" });
      key = "";
      try {
        state.preview = await post("/api/me/orders/previews", request());
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function load() {
      try {
        state.offers = await get(`/api/stores/${choice.store}/fulfilments`, { address_id: state.address?.id });
        const draft = JSON.parse(sessionStorage.getItem(DRAFT_KEY) ?? "null");
        const first = state.offers.kinds.find(({ available }) => available);
        if (draft) Object.assign(state, draft);
        else if (first) state.fulfilment = first.kind;
      } catch (error) {
        state.failure = error.message;
      }
      await refresh();
    }

    async function submit() {
      if (state.busy) return;
      Object.assign(state, { busy: true, failure: "" });
      key ||= crypto.getRandomValues(new Uint32Array(4)).join("-");
      try {
        const order = await post("/api/me/orders", {
          ...request(), expected_total_fen: state.preview.total_fen, payment_terms: state.terms, remark: state.remark.trim(), ...(state.wantsInvoice && { invoice: state.invoice }),
        }, key);
        const failure = order.due_fen && state.terms === "online" ? await pay(order.number).then(() => "", (error) => error.message) : "";
        if (failure) await showMessage(failure);
        sessionStorage.removeItem(DRAFT_KEY);
        location.replace(orderUrl(order.number));
      } catch (error) {
        if (error.code === "price_changed") state.preview = error.details.preview;
        state.failure = error.message;
        if (error.status >= 400 && error.status < 500) key = ""; // refused for sure; a lost answer is asked again under the same key
        state.busy = false;
      }
    }

    const keep = () => sessionStorage.setItem(DRAFT_KEY, JSON.stringify(Object.fromEntries(DRAFT_FIELDS.map((name) => [name, state[name]]))));

    onMounted(() => choice && load());
    return () => (choice ? content(state, choice, { refresh, submit, keep }) : html`<${Empty} description="还没有选商品" data-testid="nothing-chosen"><a href=${pageUrl("nearby")}>去附近门店看看</a><//>`);
  },
};

mountMemberPage("checkout", async () => (await get("/api/me/addresses")).list, (addresses) => html`<${Checkout} addresses=${addresses} />`);

function content(state, choice, { refresh, submit, keep }) {
  const { preview, offers } = state;
  if (!preview) return html`<section class="card">${state.failure ? html`<p class="error-text" role="alert" data-testid="failure">${state.failure}</p><a class="more" href=${goodsListUrl(choice.store)}>返回选购</a>` : html`<p class="waiting">正在计算…</p>`}</section>`;
  const blocked = preview.problems.length > 0;
  return html`
    <div class="checkout-columns">
      <div>
        ${waysCard(state, offers, refresh, keep)}
        <section class="card"><h2>商品</h2>${preview.lines.map(orderLine)}</section>
        <section class="card"><label class="remark"><span>备注</span><input maxlength="200" placeholder="口味、送达要求等" value=${state.remark} onInput=${(event) => (state.remark = event.target.value)} data-testid="remark" /></label>${invoice(state)}</section>
      </div>
      <div>
        ${paysCard(state, refresh)}
        ${totalsCard(preview)}
        ${hints({ ...preview, progress: preview.progress.map(({ sentence }) => sentence) })}
        ${preview.problems.map(({ code, message }) => html`<p class="error-text" role="alert" key=${code} data-testid="problem">${message}</p>`)}
        ${state.failure && html`<p class="error-text" role="alert" data-testid="failure">${state.failure}</p>`}
        <div class="submit-bar"><p>应付 <b data-testid="due">¥${yuan(preview.due_fen)}</b></p>
          <${Button} round=${true} type="primary" disabled=${blocked} loading=${state.busy} onClick=${submit} data-testid="submit-order">提交订单<//></div>
      </div>
    </div>`;
}

function waysCard(state, offers, refresh, keep) {
  if (!offers) return null;
  const { address } = state;
  return html`
    <section class="card"><h2>取货方式</h2>
      <p class="ways" role="group" aria-label="取货方式">${offers.kinds.map(({ kind, label, available, reason }) => html`
        <button type="button" key=${kind} class=${["chip", { on: state.fulfilment === kind }]} aria-pressed=${state.fulfilment === kind} disabled=${!available && kind !== "delivery"} title=${reason} onClick=${() => refresh({ fulfilment: kind, slot: null })} data-testid=${`way-${kind}`}>${label}</button>`)}</p>
      ${state.fulfilment === "delivery" && html`
        <a class="address-pick" href=${addressesUrl("checkout")} onClick=${keep} data-testid="pick-address">${address ? html`<b>${address.name} ${address.phone.replace(/^\+86/, "")}</b><p>${[...new Set(address.region)].join("")}${address.detail}</p>` : "请选择收货地址"}<span>更换</span></a>`}
      ${slotChoice(offers.slots[state.fulfilment] ?? [], state.slot, (slot) => refresh({ slot }))}
      ${offers.cash_on_delivery && html`<p class="ways" role="group" aria-label="付款方式">${[["online", "在线付款"], ["cash_on_delivery", "货到付款"]].map(([terms, label]) => html`
        <button type="button" key=${terms} class=${["chip", { on: state.terms === terms }]} aria-pressed=${state.terms === terms} onClick=${() => (state.terms = terms)} data-testid=${`terms-${terms}`}>${label}</button>`)}</p>`}
    </section>`;
}

function paysCard(state, refresh) {
  const { preview } = state;
  const { points_most: most } = preview;
  return html`
    <section class="card"><h2>优惠与抵扣</h2>
      ${couponChoice(preview.coupons, state.coupons, (coupons) => refresh({ coupons }))}
      ${most.fen > 0 && html`<label class="tick"><input type="checkbox" checked=${state.usePoints} onChange=${(event) => refresh({ usePoints: event.target.checked })} data-testid="use-points" /><span>用 ${most.points} 积分抵 ¥${yuan(most.fen)}</span></label>`}
      ${preview.stored_value_available_fen > 0 && html`<label class="stored"><span>储值（余额 ¥${yuan(preview.stored_value_available_fen)}）</span><input inputmode="decimal" placeholder="0.00" value=${state.storedText} onInput=${(event) => (state.storedText = event.target.value)} onChange=${() => refresh()} data-testid="stored-value" /></label>`}
      ${preview.cuts.map((sentence) => html`<p class="hint" key=${sentence}>${sentence}</p>`)}
      ${!preview.coupons.length && !most.fen && !preview.stored_value_available_fen && html`<p class="hint">没有可用的券、积分和储值</p>`}
    </section>`;
}

function totalsCard({ list_fen, freight_fen, discounts, tenders, total_fen }) {
  return html`
    <section class="card"><ul class="rows" data-testid="totals">
      <li><span>商品原价</span><span>¥${yuan(list_fen - freight_fen)}</span></li>
      ${discounts.map(({ sentence, fen }, at) => html`<li key=${`d${at}`} data-testid="discount"><span>${sentence}</span><span>−¥${yuan(fen)}</span></li>`)}
      ${freight_fen > 0 && html`<li data-testid="freight"><span>运费</span><span>¥${yuan(freight_fen)}</span></li>`}
      <li><span>合计</span><b>¥${yuan(total_fen)}</b></li>
      ${tenders.map(({ sentence, fen }, at) => html`<li key=${`t${at}`} data-testid="tender"><span>${sentence}</span><span>−¥${yuan(fen)}</span></li>`)}
    </ul></section>`;
}

function invoice(state) {
  return html`
    <label class="tick"><input type="checkbox" checked=${state.wantsInvoice} onChange=${(event) => (state.wantsInvoice = event.target.checked)} /><span>需要发票</span></label>
    ${state.wantsInvoice && html`
      <p class="ways">${[["personal", "个人"], ["company", "企业"]].map(([kind, label]) => html`<button type="button" key=${kind} class=${["chip", { on: state.invoice.kind === kind }]} onClick=${() => (state.invoice.kind = kind)}>${label}</button>`)}</p>
      ${[["title", "抬头"], ["tax_number", "税号"], ["email", "邮箱"]].filter(([name]) => name !== "tax_number" || state.invoice.kind === "company").map(([name, label]) => html`
        <label class="remark" key=${name}><span>${label}</span><input value=${state.invoice[name]} onInput=${(event) => (state.invoice[name] = event.target.value)} /></label>`)}`}`;
}
