// The claim centre: what can be had, how many are left, and why something cannot be had.

import { get, post } from "../api.js";
import { html } from "../html.js";
import { signIn } from "../page_context.js";
import { MyRegistration } from "../me/registration.js";
import { couponConditions } from "./conditions.js";
import { couponCard } from "./coupon_card.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Icon, Skeleton, showToast } = window.vant;
const PAGE_SIZE = 100;
const CLAIMED_MS = 2000; // so long a claimed row offers no other claim: a second tap belongs to the first

export const ClaimCentre = {
  props: { anonymous: Boolean, only: { type: String, default: "" } },
  emits: ["signedOut"],
  setup(props, { emit }) {
    const state = reactive({ offers: null, failure: "", claiming: "" });

    async function load() {
      state.failure = "";
      try {
        state.offers = props.only ? [await get(`/api/coupons/${props.only}`)] : (await get("/api/coupons", { page_size: PAGE_SIZE })).list;
      } catch (error) {
        if (error.status === 401) emit("signedOut");
        else state.failure = error.message;
      }
    }

    /** The row stays where it is: a list that is sorted anew puts another coupon under the second tap. */
    async function claim(offer) {
      if (state.claiming || offer.justClaimed) return;
      state.claiming = offer.id;
      try {
        await post(`/api/coupons/${offer.id}/claims`);
        Object.assign(offer, { justClaimed: true, claimed: offer.claimed + 1 });
        setTimeout(() => (offer.justClaimed = false), CLAIMED_MS);
        showToast("领取成功");
      } catch (error) {
        showToast(error.message);
      } finally {
        await refresh(offer);
        state.claiming = "";
      }
    }

    /** Without an answer the row stays as it is, and claiming it again gets the reason. */
    async function refresh(offer) {
      try {
        Object.assign(offer, await get(`/api/coupons/${offer.id}`));
      } catch (error) {
        if (error.status === 401) emit("signedOut");
      }
    }

    onMounted(load);
    return () => html`
      <div>
        ${!props.anonymous && html`<a class="back" href="#" data-testid="back"><${Icon} name="arrow-left" />我的优惠券</a>`}
        <h1 class="centre-title">${props.only ? "领取优惠券" : "领券中心"}</h1>
        ${content(state, load, claim)}
      </div>`;
  },
};

function content(state, load, claim) {
  if (state.failure) return errorView(state.failure, load);
  if (!state.offers) return html`<section class="card"><${Skeleton} row=${4} /></section>`;
  if (!state.offers.length) return html`<${Empty} image="search" description="暂时没有可领的优惠券，过几天再来看看" data-testid="no-results" />`;
  const follower = state.offers.some(({ ineligible_reason }) => ineligible_reason?.code === "members_only");
  return html`
    <div>
      ${follower && html`<${MyRegistration} onDone=${load} />`}
      <div class="coupon-list">${state.offers.map((offer) => offerRow(offer, state.claiming, claim))}</div>
    </div>`;
}

function offerRow(offer, claiming, claim) {
  const { display: shown, ineligible_reason: reason } = offer;
  const inactive = ["claim_limit", "coupons_gone"].includes(reason?.code);
  const side = html`
    <${Button} size="small" round=${true} type="primary" disabled=${inactive || offer.justClaimed || reason?.code === "members_only"} loading=${claiming === offer.id}
      onClick=${() => (reason?.code === "sign_in" ? signIn() : claim(offer))} data-testid="claim">${claimLabel(offer)}<//>`;
  return html`
    <div key=${offer.id} class="offer" data-testid="offer">
      ${couponCard(shown, { inactive, foot: shown.validity, side })}
      <div class="offer-terms">
        <p>${offerSummary(offer)}</p>
        ${couponConditions(offer)}
      </div>
    </div>`;
}

function claimLabel({ ineligible_reason: reason, justClaimed, claimed }) {
  if (justClaimed || reason?.code === "claim_limit") return "已领取";
  if (reason?.code === "coupons_gone") return "已领完";
  return claimed ? "再领一张" : "领取";
}

function offerSummary({ ineligible_reason: reason, remaining, limit, claimed }) {
  if (reason && reason.code !== "sign_in") return reason.message;
  const stock = remaining === null ? "" : `剩 ${remaining.toLocaleString("zh-CN")} 张 · `;
  return `${stock}每人限领 ${limit} 张${claimed ? `，已领 ${claimed} 张` : ""}`;
}

function errorView(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="load-error">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
