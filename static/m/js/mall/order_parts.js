// Parts of an order that its page and the list of orders show alike.

import { html } from "../html.js";
import { yuan } from "../money.js";
import { picture } from "./context.js";

export function orderLine({ line, name, specification, picture: address, quantity, returned, unit_fen, gift }) {
  return html`
    <div class="order-line" key=${line} data-testid="line">${picture(address, name)}
      <div><h3>${gift && html`<span class="goods-tags"><span class="offer" data-testid="gift">赠品</span></span> `}${name}</h3><p class="hint">${specification}${returned ? ` 已退 ${returned} 件` : ""}</p></div>
      <p><b>¥${yuan(unit_fen)}</b><small>× ${quantity}</small></p></div>`;
}

export function totals({ list_fen, freight_fen, discounts, tenders, total_fen, due_fen, points }) {
  return html`
    <section class="card"><ul class="rows">
      <li><span>商品原价</span><span>¥${yuan(list_fen - freight_fen)}</span></li>
      ${discounts.map(({ sentence, fen }, at) => html`<li key=${`d${at}`} data-testid="discount"><span>${sentence}</span><span>−¥${yuan(fen)}</span></li>`)}
      ${freight_fen > 0 && html`<li><span>运费</span><span>¥${yuan(freight_fen)}</span></li>`}
      <li><span>合计</span><b data-testid="total">¥${yuan(total_fen)}</b></li>
      ${tenders.map(({ sentence, fen }, at) => html`<li key=${`t${at}`} data-testid="tender"><span>${sentence}</span><span>¥${yuan(fen)}</span></li>`)}
      ${due_fen > 0 && html`<li><span>待付</span><b>¥${yuan(due_fen)}</b></li>`}
      ${points > 0 && html`<li><span>获得积分</span><b class="plus" data-testid="points">+${points}</b></li>`}
    </ul></section>`;
}

export function addressText({ name, phone, region, detail }) {
  return `${name} ${phone.replace(/^\+86/, "")}，${[...new Set(region)].join("")}${detail}`;
}
