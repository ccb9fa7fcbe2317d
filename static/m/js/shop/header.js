// The head of a shop's page: its sign, name and state, and the heart.

import { FavouriteButton } from "../favourite_button.js";
import { html } from "../html.js";
import { openTag, shopLogo } from "../shop_display.js";

export function shopHeader(shop) {
  return html`
    <section class=${["card", "store-head", { "store-closed": shop.state === "closed" }]}>
      ${shopLogo(shop, "shop-logo-large")}
      <div class="store-title">
        <h1 data-testid="store-name">${shop.name}</h1>
        <p class="shop-line">
          ${openTag(shop)}
          ${shop.distance_text && html`<span class="distance">${shop.distance_text}</span>`}
        </p>
        ${shop.introduction && shop.description && html`<p class="store-description">${shop.description}</p>`}
      </div>
      ${shop.state !== "closed" && html`<${FavouriteButton} shop=${shop} labelled=${true} />`}
    </section>`;
}
