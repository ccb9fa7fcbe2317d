// The home page of the mall: a store with goods, its categories, what staff recommend, what sells, and what is new.

import { get } from "./api.js";
import { html } from "./html.js";
import { errorView } from "./page_shell.js";
import { brandLogo, brandName, mountPage, pageUrl, shopUrl } from "./page_context.js";
import { toQuery, savedLocation } from "./place.js";
import { openTag, safeUrl, shopLogo } from "./shop_display.js";
import { take } from "./mall/cart_actions.js";
import { categoryUrl, goodsListUrl, goodsTags, goodsUrl, lastStore, picture, price, searchUrl } from "./mall/context.js";
import { SkuSheet } from "./mall/sku_sheet.js";
import { mergeVisitorCart } from "./mall/visitor_cart.js";
import { flashBanner, loadFlashSales } from "./mall/flash_parts.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Empty, Icon, Skeleton, showToast } = window.vant;
const LISTS = [["recommended", "店长推荐"], ["hot", "热销商品"], ["newest", "新品上架"]];
const LINKS = [["promotions", "附近促销", "discount"], ["coupons", "优惠券", "coupon-o"], ["orders", "我的订单", "orders-o"], ["newest", "最新门店", "new-o"], ["me", "会员卡", "card"]];

mountPage({
  setup() {
    const state = reactive({ home: null, flash: null, opened: null, q: "", failure: "" });

    async function load() {
      state.failure = "";
      const place = savedLocation();
      try {
        const named = place ? null : lastStore();
        state.home = await get("/api/mall/home", { store_id: named, ...toQuery(place) }).catch((error) => {
          if (!named || error.status !== 404) throw error;
          return get("/api/mall/home"); // the store of an earlier visit is gone
        });
        state.flash = await loadFlashSales(state.home.store?.id).catch(() => null); // the home page is complete without them
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function open(id) {
      try {
        state.opened = await get(`/api/goods/${id}`, { store_id: state.home.store.id });
      } catch (error) {
        showToast(error.message);
      }
    }

    async function pick(sku, quantity, action) {
      if (await take({ store: state.home.store.id, sku, quantity, action })) state.opened = null;
    }

    async function takeOver() {
      const cart = await mergeVisitorCart().catch(() => null); // tried again on the next page
      if (cart?.notices.length) showToast(cart.notices.join("\n"));
    }

    onMounted(() => Promise.all([load(), takeOver()]));
    return () => html`
      <div class="page home">
        <main>${state.failure ? errorView(state.failure, load) : state.home ? content(state, open) : html`<section class="card" data-testid="loading"><${Skeleton} row=${8} /></section>`}</main>
        <${SkuSheet} goods=${state.opened} onPick=${pick} onClose=${() => (state.opened = null)} />
        ${tabs("home")}
      </div>`;
  },
});

function content(state, open) {
  const { store, notices, categories } = state.home;
  return html`
    ${head(state)}
    ${notices.length > 0 && html`<section class="card home-notices" aria-label="公告" data-testid="notices"><${Icon} name="chat-o" /><ul>${notices.map((one) => html`<li key=${one}>${one}</li>`)}</ul></section>`}
    ${store ? storeCard(store) : html`<${Empty} description="还没有可以选购的门店" data-testid="no-store"><a href=${pageUrl("nearby")}>看看附近门店</a><//>`}
    ${flashBanner(state.flash, store)}
    <nav class="card home-links" aria-label="常用">${LINKS.map(([name, label, icon]) => html`<a key=${name} href=${pageUrl(name)}><${Icon} name=${icon} /><span>${label}</span></a>`)}</nav>
    ${categories.length > 0 && html`
      <nav class="card" aria-label="商品分类" data-testid="categories"><h2>商品分类</h2><p class="home-categories">
        ${categories.map(({ id, name }) => html`<a class="chip" key=${id} href=${categoryUrl(store.id, id)}>${name}</a>`)}<a class="chip" href=${goodsListUrl(store.id)}>全部商品</a></p></nav>`}
    ${LISTS.map(([name, label]) => goodsSection(store, name, label, state.home[name], open))}`;
}

function head(state) {
  const { store } = state.home;
  const logo = safeUrl(brandLogo);
  function search(event) {
    event.preventDefault();
    if (store) location.assign(searchUrl(store.id, state.q.trim()));
  }
  return html`
    <header class="home-head" data-testid="home-head">
      <h1>${logo && html`<img src=${logo} alt="" />`}${brandName}</h1>
      ${store && html`
        <form role="search" onSubmit=${search}>
          <input type="search" aria-label="搜索商品" placeholder="搜索商品" maxlength="40" value=${state.q} onInput=${(event) => (state.q = event.target.value)} data-testid="search" />
          <button type="submit" class="chip on">搜索</button>
        </form>`}
    </header>`;
}

function storeCard(store) {
  return html`
    <section class="card home-store" data-testid="home-store">
      <a href=${shopUrl(store.id)}>${shopLogo(store, "shop-logo-small")}<span><b>${store.name}</b><span class="shop-line">${openTag(store)}${store.distance_text && html`<span class="distance">${store.distance_text}</span>`}</span></span></a>
      <a class="chip" href=${pageUrl("nearby")} data-testid="change-store">换门店</a>
      <a class="chip on" href=${goodsListUrl(store.id)} data-testid="enter-store">进店选购</a>
    </section>`;
}

function goodsSection(store, name, label, goods, open) {
  if (!goods.length) return null;
  return html`
    <section class="home-goods" key=${name} aria-label=${label} data-testid=${`home-${name}`}>
      <h2>${label}</h2>
      <div class="goods-grid">${goods.map((one) => goodsCard(store, one, open))}</div>
    </section>`;
}

function goodsCard(store, one, open) {
  const { id, name, picture: address, available } = one;
  return html`
    <article class="goods-card" key=${id}>
      <a href=${goodsUrl(store.id, id)}>${picture(address, name)}<h3>${name}</h3>${goodsTags({ tags: [], promotions: one.promotions })}</a>
      <p>${price(one)}
        <button type="button" class="add" disabled=${!available} aria-label=${available ? `选购${name}` : `${name}已售完`} onClick=${() => open(id)} data-testid="choose">${available ? "选购" : "售完"}</button></p>
    </article>`;
}
