// Promotions nearby: promoted goods of the stores around a place, with their end, and the way into the cart.

import { get } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { mountPage, pageUrl, shopUrl } from "./page_context.js";
import { take } from "./mall/cart_actions.js";
import { goodsTags, goodsUrl, picture, price } from "./mall/context.js";
import { SkuSheet } from "./mall/sku_sheet.js";
import { PlaceSheet } from "./nearby/place_sheet.js";
import { locate, savedLocation, saveLocation, toQuery } from "./place.js";
import { tabs } from "./tabs.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button, Empty, Icon, List, Loading, showToast } = window.vant;
const PAGE_SIZE = 20;
const DAY_MS = 86_400_000;
const NEAR_M = 5_000;
const FAR_M = 50_000;

mountPage({
  setup() {
    const state = reactive({ step: "locating", reason: "", place: null, radius: NEAR_M, rows: [], cursor: null, loading: false, finished: false, failure: "", opened: null, store: "", now: 0, ahead: 0, sheetOpen: false });
    const options = reactive({ places: [], cities: [] });
    let round = 0; // an answer for an earlier place is not listened to
    let timer = 0;
    const tick = () => (state.now = Date.now() + state.ahead);

    async function find() {
      Object.assign(state, { step: "locating", sheetOpen: false });
      try {
        around(await locate());
      } catch (problem) {
        Object.assign(state, { reason: problem.message, step: state.place ? "listing" : "asking" });
        if (state.place) showToast(problem.message);
      }
    }

    function around(place, radius = NEAR_M) {
      round += 1;
      Object.assign(state, { place: saveLocation(place), radius, step: "listing", sheetOpen: false, rows: [], cursor: null, finished: false });
      return more();
    }

    async function more() {
      const mine = round;
      Object.assign(state, { failure: "", loading: true });
      try {
        const found = await get("/api/promotions/nearby", { ...toQuery(state.place), radius_m: state.radius, after: state.cursor, page_size: PAGE_SIZE });
        if (mine !== round) return;
        state.rows.push(...found.list);
        Object.assign(state, { cursor: found.next_cursor, finished: !found.has_more, ahead: new Date(found.server_time) - Date.now() });
        tick();
      } catch (error) {
        if (mine === round) state.failure = error.message;
      } finally {
        if (mine === round) state.loading = false;
      }
    }

    async function open({ store, goods }) {
      try {
        Object.assign(state, { opened: await get(`/api/goods/${goods.id}`, { store_id: store.id }), store: store.id });
      } catch (error) {
        showToast(error.message);
      }
    }

    async function pick(sku, quantity, action) {
      if (await take({ store: state.store, sku, quantity, action })) state.opened = null;
    }

    onMounted(() => {
      get("/api/stores/cities").then(({ places }) => (options.places = places), () => null); // the phone's position is enough
      const saved = savedLocation();
      if (saved) around(saved);
      else find();
      timer = setInterval(tick, 30_000);
    });
    onUnmounted(() => clearInterval(timer));
    const search = { state, options, find, around };
    return () => html`
      <div class="page mall promotions">
        <main><header class="promotions-head"><h1>附近促销</h1>
          <button type="button" class="where" onClick=${() => (state.sheetOpen = true)} data-testid="where"><${Icon} name="location" /><span>${state.place?.label ?? "选择位置"}</span><${Icon} name="arrow-down" size="12" /></button></header>
          ${content(state, { more, open, openSheet: () => (state.sheetOpen = true), widen: () => around(state.place, FAR_M) })}</main>
        <${PlaceSheet} search=${search} />
        <${SkuSheet} goods=${state.opened} onPick=${pick} onClose=${() => (state.opened = null)} />
        ${tabs("")}
      </div>`;
  },
});

function content(state, { more, open, openSheet, widen }) {
  if (state.step === "locating") return html`<div class="waiting" data-testid="locating"><${Loading} vertical=${true}>正在定位…<//></div>`;
  if (state.step === "asking") {
    return html`<${Empty} data-testid="asking" image="search" description=${`${state.reason}，选个地方也能看促销`}><${Button} type="primary" round=${true} onClick=${openSheet} data-testid="choose-place">选择位置<//><//>`;
  }
  return html`
    <${List} loading=${state.loading} error=${Boolean(state.failure)} finished=${state.finished} offset=${200} immediateCheck=${false} onLoad=${more} finishedText=${state.rows.length ? "没有更多了" : ""} class="goods-list">
      ${{
        default: () => state.rows.map((row) => promotionRow(row, state.now, open)),
        error: () => html`<div class="error-text" data-testid="load-error"><p>${state.failure}</p><${Button} size="small" round=${true} onClick=${more} data-testid="retry">重试<//></div>`,
      }}
    <//>
    ${state.finished && !state.rows.length && html`
      <${Empty} data-testid="no-promotions" image="search" description="附近的门店现在没有促销"><div class="empty-actions">
        ${state.radius < FAR_M && html`<${Button} type="primary" round=${true} onClick=${widen} data-testid="widen">扩大到 50 公里<//>`}
        <a href=${pageUrl("nearby")}>看看附近门店</a></div><//>`}`;
}

function promotionRow({ store, goods }, now, open) {
  const { id, name, picture: address, available, promotions } = goods;
  const { sentence, ends_at: end } = promotions[0];
  return html`
    <article class="goods-row" key=${`${store.id}-${id}`} data-testid="promotion">
      <a href=${goodsUrl(store.id, id)}>${picture(address, name)}<div><h2>${name}</h2>${price(goods)}${goodsTags({ tags: [], promotions })}
        <p class="offer-text" data-testid="sentence">${sentence}</p><small class="hint" data-testid="ends">${endText(end, now)}</small></div></a>
      <div class="promotion-side"><button type="button" class="add" disabled=${!available} aria-label=${available ? `选购${name}` : `${name}已售完`} onClick=${() => open({ store, goods })} data-testid="choose">${available ? "选购" : "售完"}</button></div>
      <a class="promotion-store" href=${shopUrl(store.id)}><span>${store.name}</span><span data-testid="distance">${store.distance_text ?? ""}</span></a>
    </article>`;
}

/** When a promotion ends: what is left of its last day, else the moment. */
function endText(end, now) {
  const left = new Date(end) - now;
  if (left > DAY_MS) return `${momentText(end)} 结束`;
  const minutes = Math.max(0, Math.ceil(left / 60_000));
  return minutes ? `还剩 ${minutes >= 60 ? `${Math.floor(minutes / 60)} 小时 ` : ""}${minutes % 60} 分` : "即将结束";
}
