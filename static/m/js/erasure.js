// Erasure of the personal data: what is removed, what stays, and the confirmation.

import { get, remove } from "./api.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { Confirmation } from "./me/confirmation.js";

const REMOVED = ["姓名、昵称、头像、性别、生日、邮箱、地址", "手机号和短信验证码", "登录状态和对协议的同意"];
const KEPT = ["会员卡、等级、积分、优惠券和储值余额", "订单、积分和储值的历史记录，不含姓名、手机号等资料", "微信身份，用于再次登录同一会员"];

mountMemberPage("erasure", () => get("/api/me"), () => html`
  <div>
    <section class="card"><h2>将清除</h2>${list(REMOVED)}</section>
    <section class="card" data-testid="kept"><h2>会保留</h2>${list(KEPT)}
      <p class="hint">清除后可以重新登录并绑定手机号。如要终止会员并退还储值，请<a href=${pageUrl("closing")} data-testid="link-closing"><u>注销会员</u></a>。</p>
    </section>
    <${Confirmation} button="清除个人资料" label="我已了解，清除后无法恢复" question="清除后无法恢复，并退出登录。" perform=${erase} />
  </div>`);

async function erase() {
  await remove("/api/me", { confirm: true });
  location.assign(`${pageUrl("me")}&stay=out`);
}

function list(texts) {
  return html`<ul class="warning-list">${texts.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`;
}
