// One coupon: its code to show at the till, its terms, giving it to a friend and taking it back.

import { get, remove } from "../api.js";
import { dayText, momentText } from "../days.js";
import { html } from "../html.js";
import { couponConditions } from "./conditions.js";
import { couponCard } from "./coupon_card.js";
import { GiftSheet } from "./gift_sheet.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button, Empty, Icon, Skeleton, showConfirmDialog, showToast } = window.vant;

const POLL_MS = 2000; // a code that a till has used is shown no longer

export const CouponDetail = {
  props: { code: { type: String, required: true } },
  emits: ["signedOut"],
  setup(props, { emit }) {
    const state = reactive({ coupon: null, failure: "", busy: false });

    async function load() {
      state.failure = "";
      try {
        state.coupon = await get(`/api/me/coupons/${props.code}`);
      } catch (error) {
        if (error.status === 401) emit("signedOut");
        else state.failure = error.message;
      }
    }

    async function takeBack() {
      const sure = await showConfirmDialog({ title: "收回转赠", message: "收回后，发出的链接立即失效" }).catch(() => null);
      if (sure !== "confirm") return;
      state.busy = true;
      try {
        await remove(`/api/me/coupons/${props.code}/gifts/current`);
        showToast("已收回");
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = false;
        await load(); // also after an error: the friend may have been faster
      }
    }

    /** Look only while a code is shown; without an answer the next time asks again. */
    async function refresh() {
      if (document.hidden || state.busy || !state.coupon?.qr_png) return;
      const coupon = await get(`/api/me/coupons/${props.code}`).catch(() => null);
      if (coupon?.state === "used") state.coupon = coupon; // other changes come from this page, whose sheet stays open
    }

    let timer = null;
    onMounted(() => {
      timer = setInterval(refresh, POLL_MS);
      return load();
    });
    onUnmounted(() => clearInterval(timer));
    return () => html`
      <div>
        <a class="back" href="#" data-testid="back"><${Icon} name="arrow-left" />我的优惠券</a>
        ${state.failure ? errorView(state.failure, load) : state.coupon ? couponView(state, load, takeBack) : loadingView()}
      </div>`;
  },
};

function couponView({ coupon, busy }, load, takeBack) {
  const inactive = ["used", "expired", "void"].includes(coupon.state);
  return html`
    <div>
      ${couponCard(coupon.display, { inactive, side: html`<span class="coupon-state" data-testid="coupon-state">${coupon.label}</span>` })}
      ${coupon.qr_png && codeCard(coupon)}
      ${coupon.gift && pendingGift(coupon.gift, busy, takeBack)}
      ${coupon.actions.includes("gift") && html`<${GiftSheet} coupon=${coupon} onDone=${load} />`}
      ${termsCard(coupon)}
      ${coupon.history.length > 0 && historyList(coupon.history)}
    </div>`;
}

function codeCard({ code, qr_png }) {
  return html`
    <section class="card till-code">
      <img src=${qr_png} alt="券码二维码" data-testid="qr" />
      <p data-testid="code">${code.replace(/(.{4})(?=.)/g, "$1 ")}</p>
      <small>结账时向店员出示，请勿截图转发</small>
    </section>`;
}

function pendingGift({ expires_at }, busy, takeBack) {
  return html`
    <section class="card gift-open" data-testid="gift-open">
      <p>已转赠，等待好友领取</p>
      <small>${momentText(expires_at)} 前未领取将自动退回</small>
      <${Button} block=${true} round=${true} plain=${true} type="primary" loading=${busy} onClick=${takeBack} data-testid="take-back">收回<//>
    </section>`;
}

function termsCard(coupon) {
  const { service_phone } = coupon;
  return html`
    <section class="card">
      <h2>使用规则</h2>
      <dl class="facts">
        <dt>有效期</dt><dd>${coupon.ends_at ? `${dayText(coupon.starts_at)} 至 ${dayText(coupon.ends_at, -1)}` : `${dayText(coupon.starts_at)} 起长期有效`}</dd>
        ${coupon.order_number && html`<dt>订单</dt><dd>${coupon.order_number}</dd>`}
        ${coupon.used_at && html`<dt>使用时间</dt><dd>${momentText(coupon.used_at)}</dd>`}
        <dt>领取时间</dt><dd>${momentText(coupon.received_at)}</dd>
      </dl>
      ${couponConditions(coupon)}
      ${service_phone && html`<p><a class="call" href=${`tel:${service_phone}`}>客服电话 ${service_phone}</a></p>`}
    </section>`;
}

function historyList(steps) {
  return html`
    <section class="card">
      <h2>转赠记录</h2>
      <ul class="steps" data-testid="history">
        ${steps.map(({ occurred_at, label }, number) => html`<li key=${number}><span>${label}</span><small>${momentText(occurred_at)}</small></li>`)}
      </ul>
    </section>`;
}

function loadingView() {
  return html`<section class="card"><${Skeleton} title=${true} row=${4} /></section>`;
}

function errorView(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="load-error">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
