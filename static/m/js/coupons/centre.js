// The claim centre: what can be had, how many are left, and why something cannot be had.

import { get, post } from "../api.js";
import { html } from "../html.js";
import { signIn } from "../here.js";
import { MyRegistration } from "../me/registration.js";
import { face } from "./face.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Icon, Skeleton, showToast } = window.vant;
const SHOWN = 100;

export const Centre = {
  props: { out: Boolean },
  emits: ["signedOut"],
  setup(props, { emit }) {
    const state = reactive({ offers: null, failure: "", claiming: "" });

    async function load() {
      state.failure = "";
      try {
        state.offers = (await get("/api/coupons", { page_size: SHOWN })).list;
      } catch (refusal) {
        if (refusal.status === 401) emit("signedOut");
        else state.failure = refusal.message;
      }
    }

    async function claim({ id }) {
      state.claiming = id;
      try {
        await post(`/api/coupons/${id}/claims`);
        showToast("领取成功");
      } catch (refusal) {
        showToast(refusal.message);
      } finally {
        await load();
        state.claiming = "";
      }
    }

    onMounted(load);
    return () => html`
      <div>
        ${!props.out && html`<a class="back" href="#" data-testid="back"><${Icon} name="arrow-left" />我的优惠券</a>`}
        <h1 class="centre-title">领券中心</h1>
        ${content(state, load, claim)}
      </div>`;
  },
};

function content(state, load, claim) {
  if (state.failure) return trouble(state.failure, load);
  if (!state.offers) return html`<section class="card"><${Skeleton} row=${4} /></section>`;
  if (!state.offers.length) return html`<${Empty} image="search" description="暂时没有可领的优惠券，过几天再来看看" data-testid="nothing" />`;
  const fan = state.offers.some(({ against }) => against?.code === "members_only");
  return html`
    <div>
      ${fan && html`<${MyRegistration} onDone=${load} />`}
      <div class="coupon-list">${state.offers.map((offer) => line(offer, state.claiming, claim))}</div>
    </div>`;
}

function line(offer, claiming, claim) {
  const { face: shown, against } = offer;
  const dull = ["claim_limit", "coupons_gone"].includes(against?.code);
  const side = html`
    <${Button} size="small" round=${true} type="primary" disabled=${dull || against?.code === "members_only"} loading=${claiming === offer.id}
      onClick=${() => (against?.code === "sign_in" ? signIn() : claim(offer))} data-testid="claim">
      ${{ claim_limit: "已领取", coupons_gone: "已领完" }[against?.code] ?? "领取"}
    <//>`;
  return html`
    <div key=${offer.id} class="offer" data-testid="offer">
      ${face(shown, { dull, foot: shown.validity, side })}
      <details>
        <summary>${summary(offer)}</summary>
        <ul class="conditions">${[shown.threshold, ...shown.conditions].map((one) => html`<li key=${one}>${one}</li>`)}</ul>
      </details>
    </div>`;
}

function summary({ against, left, limit, claimed }) {
  if (against && against.code !== "sign_in") return against.sentence;
  const stock = left === null ? "" : `剩 ${left.toLocaleString("zh-CN")} 张 · `;
  return `${stock}每人限领 ${limit} 张${claimed ? `，已领 ${claimed} 张` : ""}`;
}

function trouble(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="trouble">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
