// The ways from my card to what belongs to it.

import { html } from "../html.js";
import { address } from "../here.js";

const { Icon } = window.vant;
const LINKS = [
  { name: "tier", word: "我的等级", icon: "medal-o" },
  { name: "points", word: "我的积分", icon: "gem-o" },
  { name: "coupons", word: "优惠券", icon: "coupon-o" },
  { name: "wallet", word: "我的储值", icon: "balance-o" },
];

export function links() {
  return html`<nav class="card links" aria-label="我的">${LINKS.map(link)}</nav>`;
}

function link({ name, word, icon }) {
  return html`<a key=${name} href=${address(name)} data-testid=${`link-${name}`}><${Icon} name=${icon} /><span>${word}</span></a>`;
}
