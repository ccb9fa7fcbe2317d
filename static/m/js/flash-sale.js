// One flash sale: its countdown by the server's clock, the goods of a store with the state of their buttons, the rules.

import { get } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { yuan } from "./money.js";
import { mountPage } from "./page_context.js";
import { errorView } from "./page_shell.js";
import { checkoutUrl, choose, goodsUrl, pathId, picture, stepper } from "./mall/context.js";
import { aheadOf, durationText, phaseAt } from "./mall/flash_parts.js";
import { safeUrl } from "./shop_display.js";
import { tabs } from "./tabs.js";
import { pollWhileVisible } from "./visible_poll.js";

const { onMounted, reactive } = window.Vue;
const { Button, Skeleton } = window.vant;
const REFRESH_MS = 4000; // while it sells: what is left
const SPREAD_MS = 800; // at the start the phones do not all ask in the same moment

mountPage({
  setup() {
    const state = reactive({ sale: null, failure: "", now: 0, store: new URLSearchParams(location.search).get("store") ?? "", quantities: {} });
    let ahead = 0;

    async function load() {
      state.failure = "";
      try {
        await refresh();
      } catch (error) {
        if (error.status === 404 && state.store) return pickStore(""); // the store of an earlier visit takes no part
        state.failure = error.message;
      }
    }

    async function refresh() {
      state.sale = await get(`/api/flash-sales/${pathId()}`, { store_id: state.store });
      state.store = state.sale.store.id;
      ahead = aheadOf(state.sale.server_time);
      tick();
    }

    function pickStore(store) {
      state.store = store;
      return load();
    }

    /** Shows the time that is left, and asks for the goods again when the sale begins or ends. */
    function tick() {
      state.now = Date.now() + ahead;
      const { sale } = state;
      if (sale && sale.phase !== phaseAt(sale, state.now)) {
        sale.phase = phaseAt(sale, state.now);
        setTimeout(() => refresh().catch(() => null), Math.random() * SPREAD_MS);
      }
    }

    function buy(item) {
      const quantity = Math.min(state.quantities[item.id] ?? 1, item.can_buy || 1);
      choose({ store: state.store, lines: [{ sku_id: item.sku_id, quantity, flash_item_id: item.id }] });
      location.assign(checkoutUrl()); // which asks a visitor to sign in
    }

    onMounted(async () => {
      await load();
      setInterval(tick, 1000);
      pollWhileVisible(async () => {
        if (state.sale?.phase === "selling") await refresh();
        return ["ended", "stopped"].includes(state.sale?.phase);
      }, REFRESH_MS);
    });
    return () => html`<div class="page flash-sale"><main>${content(state, { load, buy, pickStore })}</main>${tabs("home")}</div>`;
  },
});

function content(state, { load, buy, pickStore }) {
  const { sale, failure } = state;
  if (failure) return errorView(failure, load);
  if (!sale) return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} row=${5} /></section>`;
  return html`
    ${head(sale, state.now)}
    ${sale.stores.length > 1 && html`<label class="card flash-store"><span>门店</span><select value=${sale.store.id} onChange=${(event) => pickStore(event.target.value)} data-testid="flash-store">
      ${sale.stores.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>`}
    <div class="flash-goods">${sale.items.map((item) => goods(state, item, buy))}</div>
    <section class="card" data-testid="rules"><h2>抢购规则</h2><p class="prose">${sale.rules_text}</p>
      <ul class="facts"><li>${momentText(sale.starts_at)} 至 ${momentText(sale.ends_at)}，${sale.store.name}</li>${together(sale)}</ul></section>`;
}

function head(sale, now) {
  const cover = safeUrl(sale.picture_url);
  const count = { announced: ["距开始", sale.starts_at], selling: ["距结束", sale.ends_at] }[sale.phase];
  return html`
    <header class="flash-head">
      ${cover && html`<img src=${cover} alt="" />`}
      <h1 data-testid="flash-name">${sale.name}</h1>
      <p role="timer" data-testid="flash-count">${count ? html`<span>${count[0]}</span><b>${durationText(Date.parse(count[1]) - now)}</b>` : html`<b>${{ ended: "本场抢购已结束", stopped: "本场抢购已停止" }[sale.phase]}</b>`}</p>
    </header>`;
}

function goods(state, item, buy) {
  const { sale } = state;
  const [label, canBuy] = buttonOf(sale, item);
  const most = sale.phase === "selling" && item.limit > 1 ? item.can_buy : 0;
  const gone = Math.round(((item.stock - item.left) / item.stock) * 100);
  return html`
    <article class="card flash-item" key=${item.id} data-testid="flash-item">
      <a href=${goodsUrl(sale.store.id, item.goods_id)}>${picture(item.picture, item.name)}</a>
      <div>
        <h2>${item.name}</h2>${item.specification && html`<p class="hint">${item.specification}</p>`}
        <p class="price"><b>¥${yuan(item.price_fen)}</b> <s>¥${yuan(item.usual_fen)}</s></p>
        <p class="hint" data-testid="flash-left">每人限购 ${item.limit} 件${sale.phase === "selling" ? ` · ${item.left > 0 ? `仅剩 ${item.left} 件` : "已抢光"}` : ""}</p>
        ${sale.phase === "selling" && html`<progress max="100" value=${gone} aria-label=${`已抢 ${gone}%`}></progress>`}
        <p class="flash-buy">${most > 1 && stepper({ value: Math.min(state.quantities[item.id] ?? 1, most), max: most, name: item.name, onChange: (value) => (state.quantities[item.id] = value) })}
          <${Button} round=${true} type="primary" disabled=${!canBuy} onClick=${() => buy(item)} data-testid="flash-buy">${label}<//></p>
      </div>
    </article>`;
}

/** What the button says, and whether it can be used. */
function buttonOf({ phase }, { left, limit, bought }) {
  if (phase === "announced") return ["即将开始", false];
  if (phase === "stopped") return ["已停止", false];
  if (phase === "ended") return ["已结束", false];
  if (bought >= limit) return ["已达限购", false];
  return left > 0 ? ["立即抢购", true] : ["已抢光", false];
}

function together({ takes_coupons: coupons, takes_points: points, takes_promotions: promotions }) {
  const [on, off] = [true, false].map((wanted) => [["优惠券", coupons], ["积分", points], ["其他促销", promotions]].filter(([, taken]) => taken === wanted).map(([name]) => name).join("、"));
  return html`${on && html`<li>可使用${on}</li>`}${off && html`<li>不可使用${off}</li>`}`;
}
