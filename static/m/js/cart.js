// The cart: by shop, what can be ordered, what cannot and why, and the total as the order will have it.

import { get, patch, post, remove } from "./api.js";
import { html } from "./html.js";
import { yuan } from "./money.js";
import { errorView, mountMemberPage } from "./page_shell.js";
import { checkoutUrl, choose, goodsListUrl, goodsUrl, picture, price, stepper } from "./mall/context.js";
import { offerRows } from "./mall/offers.js";
import { changeVisitorLine, mergeVisitorCart, visitorLines } from "./mall/visitor_cart.js";
import { isSignedIn, mountPage, pageUrl, signIn } from "./page_context.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton, showConfirmDialog, showToast } = window.vant;
const PROBLEMS = { off_sale: "已下架", sold_out: "已售完", short: "库存不足" };

const emptyCart = () => html`<${Empty} description="购物车还是空的" data-testid="empty-cart"><a href=${pageUrl("home")}>去商城看看</a><//>`;
const agreesToDrop = ({ name }) => showConfirmDialog({ title: "移出购物车？", message: name }).then(() => true, () => false);

const Cart = {
  props: { first: Object },
  setup({ first }) {
    const state = reactive({ cart: first, notices: first.notices ?? [] });
    let [turn, last] = [Promise.resolve(), 0];

    /** Changes are sent one after the other; only the answer to the last one is shown. */
    function run(work) {
      const number = ++last;
      const show = (cart) => number === last && (state.cart = cart);
      turn = turn.then(() => work().then(show)).catch(async (error) => {
        showToast(error.message);
        await get("/api/me/cart").then(show).catch(() => {});
      });
      return turn;
    }

    function change(line, values) {
      Object.assign(line, values); // the next tap counts from here
      return run(() => patch(`/api/me/cart/lines/${line.id}`, values));
    }
    const drop = async (line) => (await agreesToDrop(line)) && run(() => remove(`/api/me/cart/lines/${line.id}`));

    function checkOut(store, ordered) {
      choose({ store: store.id, lines: ordered.map(({ sku_id, quantity }) => ({ sku_id, quantity })) });
      location.assign(checkoutUrl());
    }

    return () => html`
      <div>
        ${state.notices.map((notice) => html`<p class="code-notice" role="status" key=${notice} data-testid="merge-notice">${notice}</p>`)}
        ${state.cart.stores.length ? state.cart.stores.map((one) => storeCard(one, { change, drop, checkOut, label: "去结算" })) : emptyCart()}
      </div>`;
  },
};

/** The cart that this browser keeps, with current prices and stock. */
const VisitorCart = {
  setup() {
    const state = reactive({ cart: null, failure: "" });
    let last = 0;

    async function load() {
      state.failure = "";
      const number = ++last, lines = visitorLines();
      try {
        const cart = lines.length ? await post("/api/carts/previews", { lines }) : { stores: [] };
        if (number === last) state.cart = cart;
      } catch (error) {
        state.failure = error.message;
      }
    }

    function change(store, line, quantity) {
      try {
        changeVisitorLine({ store_id: store.id, sku_id: line.sku_id, quantity });
        line.quantity = quantity; // the next tap counts from here
      } catch (error) {
        showToast(error.message);
      }
      return load();
    }

    const actions = {
      isVisitor: true,
      change: (line, { quantity }, store) => change(store, line, quantity),
      drop: async (line, store) => (await agreesToDrop(line)) && change(store, line, 0),
      checkOut: () => signIn(),
      label: "登录后结算",
    };
    onMounted(load);
    return () => html`<div class="page cart"><main>${content(state, load, actions)}</main>${tabs("cart")}</div>`;
  },
};

function content({ cart, failure }, load, actions) {
  if (failure) return errorView(failure, load);
  if (!cart) return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} row=${5} /></section>`;
  return cart.stores.length ? cart.stores.map((one) => storeCard(one, actions)) : emptyCart();
}

if (isSignedIn) mountMemberPage("cart", async () => (await mergeVisitorCart()) ?? get("/api/me/cart"), (cart) => html`<${Cart} first=${cart} />`, "cart");
else mountPage(VisitorCart);

function storeCard({ store, lines, list_fen, discount_fen, total_fen, ...offers }, actions) {
  const ordered = lines.filter(({ selected, problem }) => selected && !problem);
  return html`
    <section class="card store-cart" key=${store.id} data-testid="store-cart">
      <h2><a href=${goodsListUrl(store.id)}>${store.name}</a></h2>
      ${lines.map((line) => lineRow(store, line, actions))}
      ${offerRows(offers)}
      <footer>
        <p>合计 <b data-testid="cart-total">¥${yuan(total_fen)}</b>${discount_fen > 0 && html`<small class="hint">已优惠 ¥${yuan(discount_fen)}，原价 ¥${yuan(list_fen)}</small>`}</p>
        <${Button} round=${true} type="primary" disabled=${!ordered.length} onClick=${() => actions.checkOut(store, ordered)} data-testid="checkout">${actions.label}（${ordered.reduce((sum, { quantity }) => sum + quantity, 0)}）<//>
      </footer>
    </section>`;
}

function lineRow(store, line, { change, drop, isVisitor = false }) {
  const { goods_id, name, specification, price_fen, price_when_added_fen, quantity, available, problem, selected } = line;
  const cheaper = isVisitor ? 0 : price_fen - price_when_added_fen;
  return html`
    <div class=${["cart-line", { off: problem }]} key=${line.sku_id} data-testid="cart-line">
      ${!isVisitor && html`<input type="checkbox" aria-label=${`选择${name}`} checked=${selected && !problem} disabled=${Boolean(problem) && problem !== "short"} onChange=${(event) => change(line, { selected: event.target.checked })} />`}
      <a href=${goodsUrl(store.id, goods_id)} aria-label=${name}>${picture(line.picture, name)}</a>
      <div>
        <h3>${name}</h3>
        <p class="hint">${specification}</p>
        ${problem && html`<p class="error-text" data-testid="problem">${PROBLEMS[problem]}${problem === "short" ? `，还剩 ${available} 件` : ""}</p>`}
        ${cheaper !== 0 && html`<p class="hint">${cheaper < 0 ? `比加入时降 ¥${yuan(-cheaper)}` : `比加入时涨 ¥${yuan(cheaper)}`}</p>`}
        <p class="cart-line-foot">${price({ ...line, member_price_fen: null })}${stepper({ value: quantity, max: Math.max(available, 1), name, onChange: (value) => change(line, { quantity: value }, store) })}
          <button type="button" class="drop" aria-label=${`移出${name}`} onClick=${() => drop(line, store)}>删除</button></p>
      </div>
    </div>`;
}
