// One shop in a list: tap it to enter, or call, or be led there.

import { Heart } from "../heart.js";
import { storeAddress } from "../here.js";
import { html } from "../html.js";
import { callLink, mapLink, openTag, sign, wholeAddress } from "../shop_facts.js";

const { Icon } = window.vant;

export function shopCard(shop) {
  return html`
    <article key=${shop.id} class="shop-card" data-testid="shop">
      <a class="shop-main" href=${storeAddress(shop.id)} data-testid="shop-link">
        ${sign(shop)}
        <div class="shop-text">
          <h2 data-testid="shop-name">${shop.name}</h2>
          <p class="shop-line">
            ${openTag(shop)}
            ${shop.distance_text && html`<span class="distance" data-testid="distance">${shop.distance_text}</span>`}
          </p>
          <p class="shop-address">${wholeAddress(shop)}</p>
        </div>
      </a>
      <div class="shop-ways">
        <${Heart} shop=${shop} labelled=${true} />
        ${callLink(shop) && html`<a class="way" href=${callLink(shop)}><${Icon} name="phone-o" />电话</a>`}
        <a class="way" href=${mapLink(shop)} target="_blank" rel="noopener noreferrer"><${Icon} name="guide-o" />导航</a>
      </div>
    </article>`;
}
