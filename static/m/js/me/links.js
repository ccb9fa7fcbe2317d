// The ways from my card to what belongs to it.

import { cartIcon } from "../cart_icon.js";
import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const { Icon } = window.vant;
const LINKS = [
  { name: "tier", label: "我的等级", icon: "medal-o" },
  { name: "points", label: "我的积分", icon: "gem-o" },
  { name: "coupons", label: "优惠券", icon: "coupon-o" },
  { name: "wallet", label: "我的储值", icon: "balance-o" },
  { name: "red-packets", label: "我的红包", icon: "paid" },
  { name: "cart", label: "购物车", icon: "" },
  { name: "favourites", label: "我的收藏", icon: "star-o" },
  { name: "footprints", label: "我的足迹", icon: "guide-o" },
  { name: "addresses", label: "收货地址", icon: "location-o" },
  { name: "appointments", label: "我的预约", icon: "passed" },
  { name: "reservations", label: "我的预定", icon: "description" },
  { name: "queue-tickets", label: "我的排队", icon: "guide-o" },
  { name: "prizes", label: "我的奖品", icon: "gift" },
  { name: "messages", label: "我的消息", icon: "chat-o" },
];

export function links({ unread_messages: unread }) {
  return html`<nav class="card links" aria-label="我的">${LINKS.map((one) => link(one, one.name === "messages" ? unread : 0))}</nav>`;
}

function link({ name, label, icon }, unread) {
  return html`
    <a key=${name} href=${pageUrl(name)} data-testid=${`link-${name}`} aria-label=${unread ? `${label}，${unread} 条未读` : null}>
      ${icon ? html`<${Icon} name=${icon} badge=${unread || ""} max="99" />` : cartIcon()}<span>${label}</span>
    </a>`;
}
