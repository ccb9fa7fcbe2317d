// A coupon that a friend gives: seen by anybody with the link, accepted by a member.

import { post } from "./api.js";
import { couponConditions } from "./coupons/conditions.js";
import { couponCard } from "./coupons/coupon_card.js";
import { dayText, momentText } from "./days.js";
import { html } from "./html.js";
import { account, pageUrl, canSignIn, mountPage, signIn } from "./page_context.js";
import { MyRegistration } from "./me/registration.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton, showConfirmDialog, showToast } = window.vant;
const STORAGE_KEY = "xiaoer.gift";
const secret = secretFromAddress();
window.addEventListener("hashchange", () => location.reload()); // another friend's link, opened in the same page

mountPage({
  setup() {
    const state = reactive({ gift: null, failure: "", busy: "" });

    async function load() {
      state.failure = "";
      try {
        state.gift = await post("/api/gifts/openings", { secret, account });
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function sendAnswer(endpoint, message) {
      state.busy = endpoint;
      try {
        await post(`/api/gifts/${endpoint}`, { secret });
        showToast(message);
      } catch (error) {
        if (error.status === 401) return signIn();
        showToast(error.message);
      } finally {
        state.busy = "";
        await load();
      }
    }

    const accept = () => sendAnswer("acceptances", "领取成功");
    async function decline() {
      const sure = await showConfirmDialog({ title: "婉拒好友的券", message: "券会退回给好友" }).catch(() => null);
      if (sure === "confirm") await sendAnswer("refusals", "已婉拒");
    }

    onMounted(() => secret && load());
    return () => html`<div class="page gifts"><main>${content(state, { load, accept, decline })}</main>${tabs("")}</div>`;
  },
});

/** The secret of the link. It is kept for this visit and taken out of the address: the way over WeChat's sign-in
    would lose it, and an address is passed on more easily than it is meant to be. */
function secretFromAddress() {
  const fromAddress = /^#([A-Za-z0-9_-]{43})$/.exec(location.hash)?.[1];
  try {
    if (fromAddress) sessionStorage.setItem(STORAGE_KEY, fromAddress);
    else return sessionStorage.getItem(STORAGE_KEY);
    history.replaceState(null, "", location.pathname + location.search);
  } catch {
    // a browser that keeps nothing keeps the address
  }
  return fromAddress ?? null;
}

function content({ gift, failure, busy }, { load, accept, decline }) {
  if (!secret) return html`<${Empty} image="search" description="链接不完整，请从好友的消息里重新打开" data-testid="no-results" />`;
  if (failure) return errorView(failure, load);
  if (!gift) return html`<section class="card"><${Skeleton} title=${true} row=${4} /></section>`;
  return html`
    <div>
      <section class="card gift">
        <p class="gift-from" data-testid="giver">${gift.role === "giver" ? "您送出的优惠券" : `${gift.giver} 送您一张优惠券`}</p>
        ${couponCard(gift.display, { foot: gift.coupon_ends_at ? `${dayText(gift.coupon_ends_at, -1)} 到期` : "长期有效", inactive: gift.state !== "offered" && gift.role !== "receiver" })}
        <p class="gift-state" data-testid="gift-state">${stateText(gift)}</p>
        ${couponConditions(gift)}
        ${actionButtons(gift, busy, accept, decline)}
      </section>
      ${gift.ineligible_reason?.code === "members_only" && html`<${MyRegistration} onDone=${load} />`}
    </div>`;
}

function stateText(gift) {
  if (gift.role === "receiver") return "您已领取，已放入我的优惠券";
  if (gift.state === "offered") return `请在 ${momentText(gift.expires_at)} 前领取`;
  return `这张券${gift.label}`;
}

function actionButtons({ role, state, actions, ineligible_reason: reason }, busy, accept, decline) {
  if (role !== "friend" || state !== "offered") return html`<a class="button" href=${pageUrl("coupons")} data-testid="to-coupons">看我的优惠券</a>`;
  if (reason?.code === "sign_in") return signInPrompt();
  return html`
    <div class="gift-actions">
      ${actions.includes("accept") && html`
        <${Button} block=${true} round=${true} type="primary" loading=${busy === "acceptances"} onClick=${accept} data-testid="accept">领取<//>`}
      ${reason && html`<p class="hint" data-testid="ineligible-reason">${reason.message}</p>`}
      ${actions.includes("decline") && html`<button type="button" class="quiet" onClick=${decline} data-testid="decline">不需要，退回给好友</button>`}
    </div>`;
}

function signInPrompt() {
  if (!canSignIn) return html`<p class="hint">请在微信中打开链接领取</p>`;
  return html`<${Button} block=${true} round=${true} type="primary" onClick=${() => signIn()} data-testid="sign-in">微信登录后领取<//>`;
}

function errorView(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="load-error">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
