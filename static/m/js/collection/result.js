// What was paid, where, and the points that it earned.

import { html } from "../html.js";
import { momentText } from "../days.js";
import { yuan } from "../money.js";

const { Icon } = window.vant;

export function resultView({ store_name, money_fen, paid_at, points }, ordersUrl) {
  return html`
    <section class="card pay-result" data-testid="paid">
      <${Icon} name="checked" />
      <h1>支付成功</h1>
      <p class="amount" data-testid="paid-amount">¥${yuan(money_fen)}</p>
      <p>${store_name}</p>
      <p class="hint">${momentText(paid_at)}</p>
      ${points > 0 && html`<p class="earned" data-testid="earned">获得 ${points} 积分</p>`}
      <p class="hint">请向店员出示本页</p>
      <a class="back-link" href=${ordersUrl} data-testid="to-orders">我的订单</a>
    </section>`;
}
