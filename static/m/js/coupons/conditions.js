// What a shopper has to know before claiming: all conditions and exclusions, and the texts of the terms.

import { html } from "../html.js";

export function couponConditions({ display: shown, content, instructions, disclaimer }) {
  return html`
    <div data-testid="conditions">
      <ul class="conditions">${[shown.threshold, ...shown.conditions].map((one) => html`<li key=${one}>${one}</li>`)}</ul>
      ${[content, instructions, disclaimer].map((text, at) => text && html`<p key=${at} class="prose">${text}</p>`)}
    </div>`;
}
