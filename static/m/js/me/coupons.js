// The way to my coupons.

import { html } from "../html.js";
import { address } from "../here.js";

const { Icon } = window.vant;

export function coupons() {
  return html`
    <a class="card way-on" href=${address("coupons")} data-testid="to-coupons">
      <${Icon} name="coupon-o" /><span>优惠券</span><small>查看、领取和转赠</small><${Icon} name="arrow" />
    </a>`;
}
