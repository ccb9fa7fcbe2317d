// The settings of my account.

import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const LINKS = [
  ["card", "会员卡", "特权、添加到卡包"], ["physical-card", "实体卡", "申领、激活、挂失"],
  ["profile", "个人资料", "手机号、协议、注销"], ["addresses", "收货地址", "新建和修改"], ["message-settings", "消息设置", "通知方式"],
  ["terms", "用户协议", ""], ["privacy", "隐私政策", ""],
];

const PERSONAL = ["card", "physical-card", "profile"];

export function settingsLinks() {
  return html`
    <nav class="card settings-links" aria-label="设置"><h2>设置</h2>
      ${LINKS.map(([name, label, note]) => html`<a key=${name} href=${pageUrl(name)} data-testid=${`${PERSONAL.includes(name) ? "link" : "settings"}-${name}`}>${label}<span>${note}</span></a>`)}</nav>`;
}
