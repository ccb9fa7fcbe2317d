// The face of a coupon, as it looks in every list: what it is worth on its colour, beside it what it says.

import { html } from "../html.js";
import { webAddress } from "../shop_facts.js";

/** `foot` is what stands under the words, `side` what stands at the right; `dull` for what is no use any more. */
export function face(shown, { foot, side, dull, ...rest } = {}) {
  return html`
    <div class=${["coupon", { dull }]} ...${rest}>
      <div class="coupon-worth" style=${{ background: colour(shown) }}>
        <b>${shown.worth}</b><small>${shown.threshold}</small>
      </div>
      <div class="coupon-words">
        <h2>${logo(shown)}<span data-testid="coupon-name">${shown.name}</span></h2>
        <p>${shown.headline}</p>
        ${foot && html`<small>${foot}</small>`}
      </div>
      ${side && html`<div class="coupon-side">${side}</div>`}
    </div>`;
}

function logo({ logo_url }) {
  const address = webAddress(logo_url);
  return address && html`<img src=${address} alt="" loading="lazy" />`;
}

function colour({ colour }) {
  return /^#[0-9a-f]{6}$/i.test(colour) ? colour : "var(--brand)";
}
