// The head of a shop's page: its sign, name and state, and the heart.

import { Heart } from "../heart.js";
import { html } from "../html.js";
import { openTag, sign } from "../shop_facts.js";

export function head(shop) {
  return html`
    <section class=${["card", "store-head", { "store-closed": shop.state === "closed" }]}>
      ${sign(shop, "sign-large")}
      <div class="store-title">
        <h1 data-testid="store-name">${shop.name}</h1>
        <p class="shop-line">
          ${openTag(shop)}
          ${shop.distance_text && html`<span class="distance">${shop.distance_text}</span>`}
        </p>
        ${shop.introduction && shop.description && html`<p class="store-word">${shop.description}</p>`}
      </div>
      ${shop.state !== "closed" && html`<${Heart} shop=${shop} labelled=${true} />`}
    </section>`;
}
