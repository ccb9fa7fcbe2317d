// What the pages of the mall share: addresses of pages, goods chosen for a checkout, and small pieces of display.

import { html } from "../html.js";
import { yuan } from "../money.js";
import { account } from "../page_context.js";
import { safeUrl } from "../shop_display.js";

const CHOICE_KEY = "checkout";
const STORE_KEY = "mall.store";
const query = () => `?a=${encodeURIComponent(account)}`;

export const goodsListUrl = (store) => `/m/stores/${encodeURIComponent(store)}/goods${query()}`;
export const goodsUrl = (store, goods) => `/m/stores/${encodeURIComponent(store)}/goods/${encodeURIComponent(goods)}${query()}`;
export const orderUrl = (number) => `/m/orders/${encodeURIComponent(number)}${query()}`;
export const categoryUrl = (store, category) => `${goodsListUrl(store)}#${new URLSearchParams({ category })}`;
export const searchUrl = (store, q) => `${goodsListUrl(store)}#${new URLSearchParams({ q })}`;
export const cartUrl = () => `/m/cart${query()}`;
export const checkoutUrl = () => `/m/checkout${query()}`;
export const addressesUrl = (to = "") => `/m/addresses${query()}${to ? `#${to}` : ""}`;

/** The last part of this page's path: the goods or the number of the order. */
export const pathId = () => decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1));

/** The store whose goods were viewed last in this tab, or null. */
export const lastStore = () => sessionStorage.getItem(STORE_KEY);
export const rememberStore = (store) => sessionStorage.setItem(STORE_KEY, store);

/** Goods that go to the checkout: they stay in this tab only. */
export function choose(choice) {
  sessionStorage.removeItem("checkout.draft");
  sessionStorage.setItem(CHOICE_KEY, JSON.stringify(choice));
}

export function chosen() {
  return JSON.parse(sessionStorage.getItem(CHOICE_KEY) ?? "null");
}

export function picture(address, name) {
  const url = safeUrl(address);
  return url ? html`<img class="goods-picture" src=${url} alt=${name} loading="lazy" />` : html`<span class="goods-picture goods-letter" aria-hidden="true">${[...name][0] ?? ""}</span>`;
}

/** The price of a unit: the special price beside the former one, and what members pay if that is less. */
export function price({ price_fen, member_price_fen: member = null, special_price_fen: special = null, former_price_fen: former = null }) {
  const fen = special ?? price_fen;
  return html`<span class="price"><b data-testid=${special === null ? null : "special-price"}>¥${yuan(fen)}</b>
    ${former !== null && former > fen && html`<del aria-label="原价" data-testid="former-price">¥${yuan(former)}</del>`}
    ${member !== null && member < fen && html`<small>会员价 ¥${yuan(member)}</small>`}</span>`;
}

/** The marks of promotions and of hot goods, and the tags of goods, nothing without any. */
export function goodsTags({ is_hot: hot, tags, promotions = [] }) {
  const offered = [...new Set(promotions.map(({ tag }) => tag))];
  const shown = [...(hot ? ["热销"] : []), ...tags].filter((tag) => !offered.includes(tag));
  if (!offered.length && !shown.length) return null;
  return html`<span class="goods-tags">${offered.map((tag) => html`<span class="offer" key=${tag}>${tag}</span>`)}${shown.map((tag) => html`<span key=${tag}>${tag}</span>`)}</span>`;
}

export function stepper({ value, max, onChange, name }) {
  return html`
    <span class="stepper" role="group" aria-label=${`${name}的数量`}>
      <button type="button" aria-label="减少" disabled=${value <= 1} onClick=${() => onChange(value - 1)}>−</button>
      <output data-testid="quantity">${value}</output>
      <button type="button" aria-label="增加" disabled=${value >= max} onClick=${() => onChange(value + 1)}>＋</button>
    </span>`;
}
