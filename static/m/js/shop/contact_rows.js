// The ways to a shop: its address with the map, and its phone.

import { html } from "../html.js";
import { callLink, mapLink, fullAddress } from "../shop_display.js";

const { Icon } = window.vant;

export function contactRows(shop) {
  const rows = [
    fullAddress(shop) && row("location-o", fullAddress(shop), mapLink(shop), "导航", "navigate"),
    shop.state !== "closed" && callLink(shop) && row("phone-o", shop.phone, callLink(shop), "电话", "call"),
  ].filter(Boolean);
  return rows.length ? html`<section class="card contact-rows">${rows}</section>` : null;
}

function row(icon, text, href, label, testid) {
  const outside = href.startsWith("https:") ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return html`
    <a class="contact-row" href=${href} data-testid=${testid} ...${outside}>
      <${Icon} name=${icon} /><span>${text}</span><em>${label}</em>
    </a>`;
}
