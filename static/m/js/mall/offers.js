// What promotions offer: the sentences on goods and stores, and in a price what is missing for more, gifts and notices.

import { html } from "../html.js";
import { yuan } from "../money.js";
import { momentText } from "../days.js";

const KINDS = { special_price: "特价", second_half: "半价", buy_get: "买赠", bundle: "组合", reduction: "满减", discount: "折扣", member_day: "会员日", gift: "满赠" };

/** A card with a sentence for each promotion and its end, nothing without any. */
export function offerCard(promotions) {
  if (!promotions?.length) return null;
  return html`
    <section class="card" data-testid="offers"><h2>促销</h2><ul class="offers">${promotions.map(({ code, kind, tag, sentence, limits, ends_at: end }) => html`
      <li key=${code} data-testid="offer"><span class="goods-tags"><span class="offer">${KINDS[kind] ?? tag}</span></span>
        <span>${sentence}<small class="hint">${[...limits, `${momentText(end)} 结束`].join(" · ")}</small></span></li>`)}</ul></section>`;
}

/** The lines of a price: what was taken off and why, the gifts, what is missing for more, and what to know. */
export function offerRows({ discounts = [], gifts = [], progress = [], notices = [] }) {
  return html`
    <ul class="rows offer-rows">
      ${discounts.map(({ sentence, fen }, at) => html`<li key=${`d${at}`} data-testid="discount"><span>${sentence}</span><span>−¥${yuan(fen)}</span></li>`)}
      ${gifts.map(({ name, quantity }, at) => html`<li key=${`g${at}`} data-testid="gift"><span>赠品 ${name}</span><span>× ${quantity}</span></li>`)}
    </ul>
    ${hints({ progress, notices })}`;
}

/** "还差 8.00 元减 5 元", and gifts that are out of stock. */
export function hints({ progress = [], notices = [] }) {
  return [
    ...notices.map((text) => html`<p class="offer-notice" role="status" key=${text} data-testid="offer-notice">${text}</p>`),
    ...progress.map((text) => html`<p class="offer-text" key=${text} data-testid="progress">${text}</p>`),
  ];
}
