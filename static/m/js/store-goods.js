// The goods of one shop: categories, search, order, and the way into the cart.

import { get } from "./api.js";
import { html } from "./html.js";
import { errorView } from "./page_shell.js";
import { isSignedIn, mountPage, shopId, shopUrl } from "./page_context.js";
import { take } from "./mall/cart_actions.js";
import { cartUrl, goodsTags, goodsUrl, picture, price, rememberStore } from "./mall/context.js";
import { SkuSheet } from "./mall/sku_sheet.js";
import { mergeVisitorCart, visitorCount } from "./mall/visitor_cart.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton, showToast } = window.vant;
const SORTS = [["newest", "最新"], ["price", "价格低到高"], ["-price", "价格高到低"], ["sales", "销量"]];
const PAGE_SIZE = 20;

mountPage({
  setup() {
    const state = reactive({
      shop: null, categories: [], goods: [], cursor: null, total: 0, category: "", q: "", sort: "newest", opened: null, count: 0, failure: "", busy: true,
    });
    let latest = 0;
    const asked = new URLSearchParams(location.hash.slice(1)); // from the home page
    Object.assign(state, { category: asked.get("category") ?? "", q: (asked.get("q") ?? "").slice(0, 40) });
    rememberStore(shopId);

    async function load() {
      state.failure = "";
      try {
        const [shop, { list }] = await Promise.all([get(`/api/stores/${shopId}`), get("/api/categories", { store_id: shopId })]);
        Object.assign(state, { shop, categories: list });
        await loadGoods();
        state.count = isSignedIn ? ((await mergeVisitorCart().catch(() => null)) ?? (await get("/api/me/cart"))).count : visitorCount();
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function loadGoods(after = null) {
      const mine = ++latest;
      state.busy = true;
      const found = await get("/api/goods", { store_id: shopId, category_id: state.category, q: state.q.trim(), sort: state.sort, page_size: PAGE_SIZE, after });
      if (mine !== latest) return;
      Object.assign(state, { goods: after ? [...state.goods, ...found.list] : found.list, cursor: found.has_more ? found.next_cursor : null, total: found.total, busy: false });
    }

    function change(values) {
      Object.assign(state, values);
      loadGoods().catch((error) => (state.failure = error.message));
    }

    async function open(id) {
      try {
        state.opened = await get(`/api/goods/${id}`, { store_id: shopId });
      } catch (error) {
        showToast(error.message);
      }
    }

    const more = () => loadGoods(state.cursor).catch((error) => {
      state.busy = false;
      showToast(error.message);
    });

    async function pick(sku, quantity, action) {
      const cart = await take({ store: shopId, sku, quantity, action });
      if (cart) Object.assign(state, { count: cart.count, opened: null });
    }

    onMounted(load);
    return () => html`
      <div class="page mall">
        <main>${state.failure ? errorView(state.failure, load) : state.shop ? content(state, { change, open, more }) : html`<section class="card"><${Skeleton} row=${6} /></section>`}</main>
        ${cartBar(state)}
        <${SkuSheet} goods=${state.opened} onPick=${pick} onClose=${() => (state.opened = null)} />
      </div>`;
  },
});

function content(state, { change, open, more }) {
  return html`
    <header class="mall-head"><a href=${shopUrl(shopId)}><h1>${state.shop.name}</h1><span class="hint">门店信息</span></a>
      <form role="search" onSubmit=${(event) => { event.preventDefault(); change({}); }}>
        <input type="search" aria-label="搜索商品" placeholder="商品名、拼音或条码" maxlength="40" value=${state.q} onInput=${(event) => (state.q = event.target.value)} data-testid="search" />
        <button type="submit" class="chip on">搜索</button>
      </form>
      <p class="sorts">${SORTS.map(([key, label]) => html`<button type="button" key=${key} class=${["chip", { on: state.sort === key }]} aria-pressed=${state.sort === key} onClick=${() => change({ sort: key })}>${label}</button>`)}</p>
    </header>
    <div class="mall-columns">
      <nav class="categories" aria-label="商品分类">${[{ id: "", name: "全部", level: 1 }, ...state.categories].map((one) => html`
        <button type="button" key=${one.id} class=${[`level-${one.level}`, { on: state.category === one.id }]} aria-pressed=${state.category === one.id} onClick=${() => change({ category: one.id })}>${one.name}</button>`)}</nav>
      <section class="goods-list" aria-live="polite">
        ${!state.busy && !state.goods.length && html`<${Empty} description=${state.q ? "没有找到商品，换个词试试" : "这里还没有商品"} data-testid="no-goods" />`}
        ${state.goods.map((one) => goodsRow(one, open))}
        ${state.cursor && html`<${Button} block=${true} size="small" round=${true} plain=${true} loading=${state.busy} onClick=${more} data-testid="more">更多<//>`}
      </section>
    </div>`;
}

function goodsRow(one, open) {
  const { id, name, picture: address, available, sku_count, sold } = one;
  return html`
    <article class="goods-row" key=${id} data-testid="goods">
      <a href=${goodsUrl(shopId, id)}>${picture(address, name)}<div><h2>${name}</h2>${price(one)}${goodsTags(one)}<small class="hint">${[sku_count > 1 && `${sku_count} 种规格`, sold > 0 && `已售 ${sold}`].filter(Boolean).join(" · ")}</small></div></a>
      <button type="button" class="add" disabled=${!available} aria-label=${available ? `选购${name}` : `${name}已售完`} onClick=${() => open(id)}>${available ? "选购" : "售完"}</button>
    </article>`;
}

function cartBar({ count }) {
  return html`<a class="cart-bar" href=${cartUrl()} data-testid="cart-bar"><b>购物车</b><span>${count ? `${count} 件` : "还没有商品"}</span></a>`;
}
