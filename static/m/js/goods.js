// One product of a shop: pictures, price, variants, description, and its place in the shop.

import { get } from "./api.js";
import { html } from "./html.js";
import { errorView } from "./page_shell.js";
import { mountPage, shopId } from "./page_context.js";
import { take } from "./mall/cart_actions.js";
import { cartUrl, goodsListUrl, pathId, picture, price } from "./mall/context.js";
import { SkuSheet } from "./mall/sku_sheet.js";

const { onMounted, reactive } = window.Vue;
const { Button, Skeleton, Swipe, SwipeItem } = window.vant;

mountPage({
  setup() {
    const state = reactive({ goods: null, opened: null, failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.goods = await get(`/api/goods/${pathId()}`, { store_id: shopId });
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function pick(sku, quantity, action) {
      if (await take({ store: shopId, sku, quantity, action })) state.opened = null;
    }

    onMounted(load);
    return () => html`
      <div class="page mall goods-page">
        <main>${state.failure ? errorView(state.failure, load) : state.goods ? content(state.goods) : html`<section class="card"><${Skeleton} row=${8} /></section>`}</main>
        ${state.goods && html`
          <nav class="buy-bar" aria-label="购买">
            <a href=${goodsListUrl(shopId)}>全部商品</a><a href=${cartUrl()}>购物车</a>
            <${Button} round=${true} type="primary" onClick=${() => (state.opened = state.goods)} data-testid="choose">选规格购买<//>
          </nav>`}
        <${SkuSheet} goods=${state.opened} onPick=${pick} onClose=${() => (state.opened = null)} />
      </div>`;
  },
});

function content(goods) {
  const cheapest = goods.skus.reduce((best, sku) => (sku.price_fen < best.price_fen ? sku : best));
  const facts = [["品牌", goods.brand], ["产地", goods.origin], ["单位", goods.unit], ["货位", [...new Set(goods.skus.map(({ rack }) => rack).filter(Boolean))].join("、")]];
  return html`
    <section class="card goods-top">
      ${goods.pictures.length > 1 ? html`<${Swipe} class="goods-swipe">${goods.pictures.map((one) => html`<${SwipeItem} key=${one}>${picture(one, goods.name)}<//>`)}<//>` : picture(goods.pictures[0], goods.name)}
      <h1 data-testid="goods-name">${goods.name}</h1>
      ${price(cheapest.price_fen, cheapest.member_price_fen)}
      <p class="hint">${goods.skus.some(({ available }) => available) ? "有货" : "已售完"}</p>
    </section>
    ${facts.some(([, value]) => value) && html`<section class="card"><h2>商品参数</h2><ul class="rows">${facts.filter(([, value]) => value).map(([label, value]) => html`<li key=${label}><span>${label}</span><span>${value}</span></li>`)}</ul></section>`}
    ${goods.description && html`<section class="card"><h2>商品介绍</h2><div class="prose goods-description" innerHTML=${goods.description}></div></section>`}`;
}
