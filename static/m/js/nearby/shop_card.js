// One shop in a list: tap it to enter, or call, or be led there.

import { FavouriteButton } from "../favourite_button.js";
import { shopUrl } from "../page_context.js";
import { html } from "../html.js";
import { callLink, mapLink, openTag, shopLogo, fullAddress } from "../shop_display.js";

const { Icon } = window.vant;

export function shopCard(shop) {
  return html`
    <article key=${shop.id} class="shop-card" data-testid="shop">
      <a class="shop-main" href=${shopUrl(shop.id)} data-testid="shop-link">
        ${shopLogo(shop)}
        <div class="shop-text">
          <h2 data-testid="shop-name">${shop.name}</h2>
          <p class="shop-line">
            ${openTag(shop)}
            ${shop.distance_text && html`<span class="distance" data-testid="distance">${shop.distance_text}</span>`}
          </p>
          <p class="shop-address">${fullAddress(shop)}</p>
        </div>
      </a>
      <div class="shop-actions">
        <${FavouriteButton} shop=${shop} labelled=${true} />
        ${callLink(shop) && html`<a class="action" href=${callLink(shop)}><${Icon} name="phone-o" />电话</a>`}
        <a class="action" href=${mapLink(shop)} target="_blank" rel="noopener noreferrer"><${Icon} name="guide-o" />导航</a>
      </div>
    </article>`;
}
