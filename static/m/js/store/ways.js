// The ways to a shop: its address with the map, and its phone.

import { html } from "../html.js";
import { callLink, mapLink, wholeAddress } from "../shop_facts.js";

const { Icon } = window.vant;

export function ways(shop) {
  return html`
    <section class="card ways">
      ${wholeAddress(shop) && row("location-o", wholeAddress(shop), mapLink(shop), "导航", "navigate")}
      ${shop.state !== "closed" && callLink(shop) && row("phone-o", shop.phone, callLink(shop), "电话", "call")}
    </section>`;
}

function row(icon, text, href, word, testid) {
  const outside = href.startsWith("https:") ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return html`
    <a class="way-row" href=${href} data-testid=${testid} ...${outside}>
      <${Icon} name=${icon} /><span>${text}</span><em>${word}</em>
    </a>`;
}
