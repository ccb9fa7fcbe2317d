// The display of a coupon in every list: the value on its colour, and the texts beside it.

import { html } from "../html.js";
import { safeUrl } from "../shop_display.js";

/** `foot` is shown below the texts, `side` at the right. `inactive` greys out a coupon that cannot be used any more. */
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
