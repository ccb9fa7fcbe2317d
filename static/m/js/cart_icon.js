// The shopping cart, which the subset of the icon font does not have.

import { html } from "./html.js";

export function cartIcon() {
  return html`
    <svg class="cart-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d="M2.5 3.5h2.8l2.4 11.2h10.2l2-8H6" /><circle cx="9" cy="19" r="1.5" /><circle cx="16.6" cy="19" r="1.5" />
    </svg>`;
}
