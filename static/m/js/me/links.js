// The ways from my card to what belongs to it.

import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const { Icon } = window.vant;
const LINKS = [
  { name: "tier", label: "我的等级", icon: "medal-o" },
  { name: "points", label: "我的积分", icon: "gem-o" },
  { name: "coupons", label: "优惠券", icon: "coupon-o" },
  { name: "wallet", label: "我的储值", icon: "balance-o" },
  { name: "red-packets", label: "我的红包", icon: "paid" },
  { name: "orders", label: "我的订单", icon: "orders-o" },
  { name: "cart", label: "购物车", icon: "gift-o" },
  { name: "addresses", label: "收货地址", icon: "location-o" },
  { name: "prizes", label: "我的奖品", icon: "gift" },
  { name: "messages", label: "我的消息", icon: "chat-o" },
];

export function links({ unread_messages: unread }) {
  return html`<nav class="card links" aria-label="我的">${LINKS.map((one) => link(one, one.name === "messages" ? unread : 0))}</nav>`;
}

function link({ name, label, icon }, unread) {
  return html`
    <a key=${name} href=${pageUrl(name)} data-testid=${`link-${name}`} aria-label=${unread ? `${label}，${unread} 条未读` : null}>
      <${Icon} name=${icon} badge=${unread || ""} max="99" /><span>${label}</span>
    </a>`;
}
