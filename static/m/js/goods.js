// One product of a shop: pictures, price, variants, description, and its place in the shop.

import { get, put, remove } from "./api.js";
import { html } from "./html.js";
import { errorView } from "./page_shell.js";
import { isSignedIn, mountPage, shopId, signIn } from "./page_context.js";
import { take } from "./mall/cart_actions.js";
import { cartUrl, goodsListUrl, goodsTags, pathId, picture, price } from "./mall/context.js";
import { goodsFlashSales, loadFlashSales } from "./mall/flash_parts.js";
import { offerCard } from "./mall/offers.js";
import { SkuSheet } from "./mall/sku_sheet.js";

const { onMounted, reactive } = window.Vue;
const { Button, Skeleton, Swipe, SwipeItem, showToast } = window.vant;

// The SKU of the code that was scanned in the shop.
const scanned = new URLSearchParams(location.search).get("sku");

mountPage({
  setup() {
    const state = reactive({ goods: null, flash: null, opened: null, failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.goods = await get(`/api/goods/${pathId()}`, { store_id: shopId });
        loadFlashSales(shopId, pathId()).then((found) => (state.flash = found), () => {}); // the goods are shown without them
        if (state.goods.skus.some(({ sku_id: id }) => id === scanned)) state.opened = state.goods;
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function pick(sku, quantity, action) {
      if (await take({ store: shopId, sku, quantity, action })) state.opened = null;
    }

    async function mark(work, message) {
      if (!isSignedIn) return signIn(location.pathname);
      try {
        await work();
        showToast(message);
      } catch (error) {
        showToast(error.message);
      }
    }

    const toggle = () => mark(async () => {
      const path = `/api/me/favourites/goods/${pathId()}`;
      state.goods.is_favourite = (await (state.goods.is_favourite ? remove(path) : put(`${path}?store_id=${encodeURIComponent(shopId)}`))).is_marked;
    }, state.goods.is_favourite ? "已取消收藏" : "已收藏");
    const waitFor = (sku) => mark(() => put(`/api/me/arrival-notices/${sku.sku_id}?store_id=${encodeURIComponent(shopId)}`), "到货后会通知您");

    onMounted(load);
    return () => html`
      <div class="page mall goods-page">
        <main>${state.failure ? errorView(state.failure, load) : state.goods ? content(state, { toggle, waitFor }) : html`<section class="card"><${Skeleton} row=${8} /></section>`}</main>
        ${state.goods && html`
          <nav class="buy-bar" aria-label="购买">
            <a href=${goodsListUrl(shopId)}>全部商品</a><a href=${cartUrl()}>购物车</a>
            <${Button} round=${true} type="primary" onClick=${() => (state.opened = state.goods)} data-testid="choose">选规格购买<//>
          </nav>`}
        <${SkuSheet} goods=${state.opened} scanned=${scanned} onPick=${pick} onClose=${() => (state.opened = null)} />
      </div>`;
  },
});

const costs = ({ price_fen, special_price_fen: special }) => special ?? price_fen;

function content({ goods, flash }, { toggle, waitFor }) {
  const cheapest = goods.skus.reduce((best, sku) => (costs(sku) < costs(best) ? sku : best));
  const facts = [["品牌", goods.brand], ["产地", goods.origin], ["单位", goods.unit], ["货位", [...new Set(goods.skus.map(({ rack }) => rack).filter(Boolean))].join("、")], ...goods.parameters.map(({ name, value }) => [name, value])];
  return html`
    <section class="card goods-top">
      ${goods.pictures.length > 1 ? html`<${Swipe} class="goods-swipe">${goods.pictures.map((one) => html`<${SwipeItem} key=${one}>${picture(one, goods.name)}<//>`)}<//>` : picture(goods.pictures[0], goods.name)}
      <h1 data-testid="goods-name">${goods.name}</h1>
      ${price(cheapest)}${goodsTags(goods)}
      <p class="goods-marks"><span class="hint">${goods.skus.some(({ available }) => available) ? "有货" : "已售完"}</span>
        ${goods.skus.filter(({ available }) => !available).map((sku) => html`<button type="button" class="chip" key=${sku.sku_id} onClick=${() => waitFor(sku)} data-testid="wait">${sku.specification.join(" ")} 到货提醒</button>`)}
        <button type="button" class=${["chip", { on: goods.is_favourite }]} aria-pressed=${goods.is_favourite} onClick=${toggle} data-testid="favourite">${goods.is_favourite ? "已收藏" : "收藏"}</button></p>
    </section>
    ${goodsFlashSales(flash, shopId)}
    ${offerCard(goods.promotions)}
    ${facts.some(([, value]) => value) && html`<section class="card"><h2>商品参数</h2><ul class="rows">${facts.filter(([, value]) => value).map(([label, value]) => html`<li key=${label}><span>${label}</span><span>${value}</span></li>`)}</ul></section>`}
    ${goods.description && html`<section class="card"><h2>商品介绍</h2><div class="prose goods-description" innerHTML=${goods.description}></div></section>`}`;
}
