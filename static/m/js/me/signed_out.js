// The page for a visitor who is not signed in, and for WeChat's snapshot of the page.

import { html } from "../html.js";
import { brandLogo, brandName, canSignIn, sandboxUrl, signIn } from "../page_context.js";
import { safeUrl } from "../shop_display.js";

const { Button } = window.vant;
const framed = window.top !== window;

export function signInPrompt() {
  return signedOutCard({
    testid: "signed-out",
    title: brandName,
    message: canSignIn ? "登录后查看会员卡、积分和签到" : "请在微信中打开本页，查看会员卡、积分和签到",
    buttonLabel: "微信登录",
  });
}

export function guestNotice() {
  return signedOutCard({
    testid: "guest",
    title: "游客",
    message: "当前是网页快照，只能浏览。请点击右下角“使用完整服务”，或重新登录。",
    buttonLabel: "重新登录",
  });
}

function signedOutCard({ testid, title, message, buttonLabel }) {
  return html`
    <section class="card signed-out" data-testid=${testid}>
      ${mark(title)}
      <h1>${title}</h1>
      <p>${message}</p>
      ${canSignIn && html`
        <${Button} type="primary" block=${true} round=${true} onClick=${() => signIn()} data-testid="sign-in">${buttonLabel}<//>`}
      ${sandboxUrl && !framed && html`<a class="signed-out-hint" href=${sandboxUrl}>试用请从沙箱手机打开本页</a>`}
    </section>`;
}

function mark(title) {
  const logo = title === brandName && safeUrl(brandLogo);
  if (logo) return html`<img class="signed-out-mark" src=${logo} alt="" />`;
  return html`<p class="signed-out-mark" aria-hidden="true">${Array.from(title)[0]}</p>`;
}
