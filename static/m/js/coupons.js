// Coupons: the wallet, one coupon, and what can be claimed. The view stands behind `#`, so that going back works.

import { html } from "./html.js";
import { canSignIn, show, signIn, signedIn } from "./here.js";
import { Centre } from "./coupons/centre.js";
import { OneCoupon } from "./coupons/one.js";
import { Wallet } from "./coupons/wallet.js";
import { tabs } from "./tabs.js";

const { onUnmounted, ref } = window.Vue;
const { Button } = window.vant;

show({
  setup() {
    const view = ref(location.hash.slice(1));
    const out = ref(!signedIn);
    const look = () => (view.value = location.hash.slice(1));
    window.addEventListener("hashchange", look);
    onUnmounted(() => window.removeEventListener("hashchange", look));
    const signedOut = () => (out.value = true); // the session has ended since the page was made

    return () => html`
      <div class="page coupons">
        <main>${content(view.value, out.value, signedOut)}</main>
        ${tabs("me")}
      </div>`;
  },
});

function content(view, out, signedOut) {
  if (out) return html`${invitation()}<${Centre} out=${true} />`;
  if (view === "centre") return html`<${Centre} onSignedOut=${signedOut} />`;
  if (/^\d{16}$/.test(view)) return html`<${OneCoupon} key=${view} code=${view} onSignedOut=${signedOut} />`;
  return html`<${Wallet} onSignedOut=${signedOut} />`;
}

function invitation() {
  return html`
    <section class="card invitation" data-testid="signed-out">
      <p>${canSignIn ? "登录后领取优惠券、查看我的券" : "请在微信中打开本页，领取和使用优惠券"}</p>
      ${canSignIn && html`<${Button} type="primary" size="small" round=${true} onClick=${() => signIn()} data-testid="sign-in">微信登录<//>`}
    </section>`;
}
