// A coupon as a customer sees it on the phone.

import { html } from "../../../m/js/html.js";
import { safeUrl } from "../../../m/js/shop_display.js";

const COLOUR = /^#[0-9a-f]{6}$/i;

/** `shown` is `{ name, title, colour, value_text, headline, threshold, validity, conditions, … }`. */
export const PhonePreview = ({ shown }) => html`
  <div class="phone" role="group" aria-label="手机预览" data-testid="phone-preview">
    <div class="bar">优惠券</div>
    <div class="inside">
      ${banner(shown)}
      <div class="ticket">
        <div class="worth" style=${{ background: COLOUR.test(shown.colour) ? shown.colour : "#8a909c" }}><b>${shown.value_text || "—"}</b><small>${shown.threshold}</small></div>
        <div class="texts">
          <h4>${logo(shown)}<span>${shown.name || "优惠券名称"}</span></h4>
          ${shown.title && html`<p>${shown.title}</p>`}
          <p>${shown.headline || "优惠内容"}</p>
          <p>${shown.validity}</p>
        </div>
      </div>
      <div class="more">
        <ul>${(shown.conditions ?? []).map((one) => html`<li key=${one}>${one}</li>`)}</ul>
        ${[shown.content, shown.instructions, shown.disclaimer].map((text, index) => text && html`<p key=${index}>${text}</p>`)}
        ${shown.service_phone && html`<p>客服电话 ${shown.service_phone}</p>`}
      </div>
    </div>
  </div>`;
PhonePreview.props = ["shown"];

function banner({ picture_url }) {
  const address = safeUrl(picture_url);
  return address && html`<img class="banner" src=${address} alt="" />`;
}

function logo({ logo_url }) {
  const address = safeUrl(logo_url);
  return address && html`<img src=${address} alt="" />`;
}
