// The page of somebody who is not signed in, and of WeChat's snapshot, which is nobody.

import { html } from "../html.js";
import { canSignIn, company, sandbox, signIn } from "../here.js";

const { Button } = window.vant;
const framed = window.top !== window;

export function stranger() {
  return outside({
    testid: "signed-out",
    title: company,
    sentence: canSignIn ? "登录后查看会员卡、积分和签到" : "请在微信中打开本页，查看会员卡、积分和签到",
    word: "微信登录",
  });
}

export function guest() {
  return outside({
    testid: "guest",
    title: "游客",
    sentence: "当前是网页快照，只能浏览。请点击右下角“使用完整服务”，或重新登录。",
    word: "重新登录",
  });
}

function outside({ testid, title, sentence, word }) {
  return html`
    <section class="card outside" data-testid=${testid}>
      <p class="outside-mark" aria-hidden="true">${Array.from(title)[0]}</p>
      <h1>${title}</h1>
      <p>${sentence}</p>
      ${canSignIn && html`
        <${Button} type="primary" block=${true} round=${true} onClick=${() => signIn()} data-testid="sign-in">${word}<//>`}
      ${sandbox && !framed && html`<a class="outside-hint" href=${sandbox}>试用请从沙箱手机打开本页</a>`}
    </section>`;
}
