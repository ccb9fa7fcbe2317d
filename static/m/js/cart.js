// The cart: by shop, what can be ordered, what cannot and why, and the total as the order will have it.

import { get, patch, remove } from "./api.js";
import { html } from "./html.js";
import { yuan } from "./money.js";
import { mountMemberPage } from "./page_shell.js";
import { checkoutUrl, choose, goodsListUrl, goodsUrl, picture, stepper } from "./mall/context.js";
import { pageUrl } from "./page_context.js";

const { reactive } = window.Vue;
const { Button, Empty, showConfirmDialog, showToast } = window.vant;
const PROBLEMS = { off_sale: "已下架", sold_out: "已售完", short: "库存不足" };

const Cart = {
  props: { first: Object },
  setup({ first }) {
    const state = reactive({ cart: first, busy: false });

    async function run(work) {
      if (state.busy) return;
      state.busy = true;
      try {
        state.cart = await work();
      } catch (error) {
        showToast(error.message);
        state.cart = await get("/api/me/cart").catch(() => state.cart);
      } finally {
        state.busy = false;
      }
    }

    const change = (line, values) => run(() => patch(`/api/me/cart/lines/${line.id}`, values));

    async function drop(line) {
      const agreed = await showConfirmDialog({ title: "移出购物车？", message: line.name }).then(() => true, () => false);
      if (agreed) run(() => remove(`/api/me/cart/lines/${line.id}`));
    }

    return () => (state.cart.stores.length ? html`<div>${state.cart.stores.map((one) => storeCard(one, { change, drop }))}</div>`
      : html`<${Empty} description="购物车还是空的" data-testid="empty-cart"><a href=${pageUrl("nearby")}>去附近门店看看</a><//>`);
  },
};

mountMemberPage("cart", () => get("/api/me/cart"), (cart) => html`<${Cart} first=${cart} />`);

function storeCard({ store, lines, list_fen, discount_fen, total_fen }, actions) {
  const ordered = lines.filter(({ selected, problem }) => selected && !problem);
  function checkOut() {
    choose({ store: store.id, lines: ordered.map(({ sku_id, quantity }) => ({ sku_id, quantity })) });
    location.assign(checkoutUrl());
  }
  return html`
    <section class="card store-cart" key=${store.id} data-testid="store-cart">
      <h2><a href=${goodsListUrl(store.id)}>${store.name}</a></h2>
      ${lines.map((line) => lineRow(store, line, actions))}
      <footer>
        <p>合计 <b data-testid="cart-total">¥${yuan(total_fen)}</b>${discount_fen > 0 && html`<small class="hint">已优惠 ¥${yuan(discount_fen)}，原价 ¥${yuan(list_fen)}</small>`}</p>
        <${Button} round=${true} type="primary" disabled=${!ordered.length} onClick=${checkOut} data-testid="checkout">去结算（${ordered.reduce((sum, { quantity }) => sum + quantity, 0)}）<//>
      </footer>
    </section>`;
}

function lineRow(store, line, { change, drop }) {
  const { id, goods_id, name, specification, price_fen, price_when_added_fen, quantity, available, problem, selected } = line;
  const cheaper = price_fen - price_when_added_fen;
  return html`
    <div class=${["cart-line", { off: problem }]} key=${id} data-testid="cart-line">
      <input type="checkbox" aria-label=${`选择${name}`} checked=${selected && !problem} disabled=${Boolean(problem) && problem !== "short"} onChange=${(event) => change(line, { selected: event.target.checked })} />
      <a href=${goodsUrl(store.id, goods_id)}>${picture(line.picture, name)}</a>
      <div>
        <h3>${name}</h3>
        <p class="hint">${specification}</p>
        ${problem && html`<p class="error-text" data-testid="problem">${PROBLEMS[problem]}${problem === "short" ? `，还剩 ${available} 件` : ""}</p>`}
        ${cheaper !== 0 && html`<p class="hint">${cheaper < 0 ? `比加入时降 ¥${yuan(-cheaper)}` : `比加入时涨 ¥${yuan(cheaper)}`}</p>`}
        <p class="cart-line-foot"><b>¥${yuan(price_fen)}</b>${stepper({ value: quantity, max: Math.max(available, 1), name, onChange: (value) => change(line, { quantity: value }) })}
          <button type="button" class="drop" aria-label=${`移出${name}`} onClick=${() => drop(line)}>删除</button></p>
      </div>
    </div>`;
}
