// Coupons: the wallet, one coupon, and what can be claimed. The fragment of the URL names the view, so that going back works.

import { html } from "./html.js";
import { canSignIn, mountPage, signIn, isSignedIn } from "./page_context.js";
import { ClaimCentre } from "./coupons/claim_centre.js";
import { CouponDetail } from "./coupons/detail.js";
import { Wallet } from "./coupons/wallet.js";
import { tabs } from "./tabs.js";

const { onUnmounted, ref } = window.Vue;
const { Button } = window.vant;

mountPage({
  setup() {
    const view = ref(location.hash.slice(1));
    const anonymous = ref(!isSignedIn);
    const readView = () => (view.value = location.hash.slice(1));
    window.addEventListener("hashchange", readView);
    onUnmounted(() => window.removeEventListener("hashchange", readView));
    const signedOut = () => (anonymous.value = true); // the session has ended since the page was made

    return () => html`
      <div class="page coupons">
        <main>${content(view.value, anonymous.value, signedOut)}</main>
        ${tabs("me")}
      </div>`;
  },
});

function content(view, anonymous, signedOut) {
  const only = /^cpr_/.test(view) ? view : "";
  if (anonymous) return html`${signInCard()}<${ClaimCentre} anonymous=${true} only=${only} />`;
  if (only) return html`<${ClaimCentre} only=${only} onSignedOut=${signedOut} />`;
  if (view === "centre") return html`<${ClaimCentre} onSignedOut=${signedOut} />`;
  if (/^6\d{15}$/.test(view)) return html`<${CouponDetail} key=${view} code=${view} onSignedOut=${signedOut} />`;
  return html`<${Wallet} onSignedOut=${signedOut} />`;
}

function signInCard() {
  return html`
    <section class="card invitation" data-testid="signed-out">
      <p>${canSignIn ? "登录后领取优惠券、查看我的券" : "请在微信中打开本页，领取和使用优惠券"}</p>
      ${canSignIn && html`<${Button} type="primary" size="small" round=${true} onClick=${() => signIn()} data-testid="sign-in">微信登录<//>`}
    </section>`;
}
