// A coupon that a friend gives: seen by anybody with the link, accepted by a member.

import { post } from "./api.js";
import { face } from "./coupons/face.js";
import { dayText, momentText } from "./days.js";
import { html } from "./html.js";
import { account, address, canSignIn, show, signIn } from "./here.js";
import { MyRegistration } from "./me/registration.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton, showConfirmDialog, showToast } = window.vant;
const KEPT = "xiaoer.gift";
const secret = told();
window.addEventListener("hashchange", () => location.reload()); // another friend's link, opened in the same page

show({
  setup() {
    const state = reactive({ gift: null, failure: "", busy: "" });

    async function load() {
      state.failure = "";
      try {
        state.gift = await post("/api/gifts/openings", { secret, account });
      } catch (refusal) {
        state.failure = refusal.message;
      }
    }

    async function answer(door, word) {
      state.busy = door;
      try {
        await post(`/api/gifts/${door}`, { secret });
        showToast(word);
      } catch (refusal) {
        if (refusal.status === 401) return signIn();
        showToast(refusal.message);
      } finally {
        state.busy = "";
        await load();
      }
    }

    const accept = () => answer("acceptances", "领取成功");
    async function refuse() {
      const sure = await showConfirmDialog({ title: "婉拒好友的券", message: "券会退回给好友" }).catch(() => null);
      if (sure === "confirm") await answer("refusals", "已婉拒");
    }

    onMounted(() => secret && load());
    return () => html`<div class="page gifts"><main>${content(state, { load, accept, refuse })}</main>${tabs("")}</div>`;
  },
});

/** The secret of the link. It is kept for this visit and taken out of the address: the way over WeChat's sign-in
    would lose it, and an address is passed on more easily than it is meant to be. */
function told() {
  const given = /^#([A-Za-z0-9_-]{43})$/.exec(location.hash)?.[1];
  try {
    if (given) sessionStorage.setItem(KEPT, given);
    else return sessionStorage.getItem(KEPT);
    history.replaceState(null, "", location.pathname + location.search);
  } catch {
    // a browser that keeps nothing keeps the address
  }
  return given ?? null;
}

function content({ gift, failure, busy }, { load, accept, refuse }) {
  if (!secret) return html`<${Empty} image="search" description="链接不完整，请从好友的消息里重新打开" data-testid="nothing" />`;
  if (failure) return trouble(failure, load);
  if (!gift) return html`<section class="card"><${Skeleton} title=${true} row=${4} /></section>`;
  return html`
    <div>
      <section class="card gift">
        <p class="gift-from" data-testid="giver">${gift.role === "giver" ? "您送出的优惠券" : `${gift.giver} 送您一张优惠券`}</p>
        ${face(gift.face, { foot: `${dayText(gift.coupon_ends_at, -1)} 到期`, dull: gift.state !== "offered" && gift.role !== "receiver" })}
        <p class="gift-word" data-testid="gift-word">${word(gift)}</p>
        ${ways(gift, busy, accept, refuse)}
      </section>
      ${gift.against?.code === "members_only" && html`<${MyRegistration} onDone=${load} />`}
      <section class="card">
        <h2>使用规则</h2>
        <ul class="conditions">${[gift.face.threshold, ...gift.face.conditions].map((one) => html`<li key=${one}>${one}</li>`)}</ul>
      </section>
    </div>`;
}

function word(gift) {
  if (gift.role === "receiver") return "您已领取，已放入我的优惠券";
  if (gift.state === "offered") return `请在 ${momentText(gift.until)} 前领取`;
  return `这张券${gift.word}`;
}

function ways({ role, state, actions, against }, busy, accept, refuse) {
  if (role !== "friend" || state !== "offered") return html`<a class="button" href=${address("coupons")} data-testid="to-coupons">看我的优惠券</a>`;
  if (against?.code === "sign_in") return stranger();
  return html`
    <div class="gift-ways">
      ${actions.includes("accept") && html`
        <${Button} block=${true} round=${true} type="primary" loading=${busy === "acceptances"} onClick=${accept} data-testid="accept">领取<//>`}
      ${against && html`<p class="hint" data-testid="against">${against.sentence}</p>`}
      ${actions.includes("refuse") && html`<button type="button" class="quiet" onClick=${refuse} data-testid="refuse">不需要，退回给好友</button>`}
    </div>`;
}

function stranger() {
  if (!canSignIn) return html`<p class="hint">请在微信中打开链接领取</p>`;
  return html`<${Button} block=${true} round=${true} type="primary" onClick=${() => signIn()} data-testid="sign-in">微信登录后领取<//>`;
}

function trouble(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="trouble">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
