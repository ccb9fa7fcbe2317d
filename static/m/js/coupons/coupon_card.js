// The display of a coupon, as it looks in every list: what it is worth on its colour, beside it what it says.

import { html } from "../html.js";
import { safeUrl } from "../shop_display.js";

/** `foot` is what is under the words, `side` what is at the right; `inactive` for what is no use any more. */
export function couponCard(shown, { foot, side, inactive, ...rest } = {}) {
  return html`
    <div class=${["coupon", { inactive }]} ...${rest}>
      <div class="coupon-value" style=${{ background: couponColour(shown) }}>
        <b>${shown.value_text}</b><small>${shown.threshold}</small>
      </div>
      <div class="coupon-text">
        <h2>${logo(shown)}<span data-testid="coupon-name">${shown.name}</span></h2>
        <p>${shown.headline}</p>
        ${foot && html`<small>${foot}</small>`}
      </div>
      ${side && html`<div class="coupon-side">${side}</div>`}
    </div>`;
}

function logo({ logo_url }) {
  const address = safeUrl(logo_url);
  return address && html`<img src=${address} alt="" loading="lazy" />`;
}

function couponColour({ colour }) {
  return /^#[0-9a-f]{6}$/i.test(colour) ? colour : "var(--brand)";
}
