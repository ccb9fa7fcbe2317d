// The bar at the foot of the pages that stand beside each other.

import { cartIcon } from "./cart_icon.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";

const { Icon } = window.vant;
const TABS = [
  { name: "home", label: "首页", icon: "shop" },
  { name: "nearby", label: "附近门店", icon: "location-o" },
  { name: "cart", label: "购物车", icon: "" },
  { name: "me", label: "我的", icon: "user-o" },
];

export function tabs(active) {
  return html`<nav class="tabs" aria-label="页面">${TABS.map((tab) => link(tab, tab.name === active))}</nav>`;
}

function link({ name, label, icon }, active) {
  return html`
    <a key=${name} href=${pageUrl(name)} class=${{ active }} aria-current=${active ? "page" : null} data-testid=${`tab-${name}`}>
      ${icon ? html`<${Icon} name=${icon} />` : cartIcon()}<span>${label}</span>
    </a>`;
}
