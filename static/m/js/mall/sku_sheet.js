// The sheet of a product: its variants, the quantity, and the two ways on.

import { html } from "../html.js";
import { findSku, firstChoice, isPossible, valuesOf, withValue } from "./sku_choice.js";
import { picture, price, stepper } from "./context.js";

const { reactive, watch } = window.Vue;
const { Button, Popup } = window.vant;

/** `onPick(sku, quantity, action)` with the action cart or buy; `goods` null closes it, `scanned` is the SKU of a scanned code. */
export const SkuSheet = {
  props: { goods: Object, scanned: String, onPick: Function, onClose: Function },
  setup(props) {
    const state = reactive({ values: [], quantity: 1, busy: "" });
    watch(() => props.goods, (goods) => goods && Object.assign(state, { values: firstChoice(goods.skus, props.scanned), quantity: 1, busy: "" }));

    async function pick(sku, action) {
      state.busy = action;
      try {
        await props.onPick(sku, state.quantity, action);
      } finally {
        state.busy = "";
      }
    }

    return () => html`
      <${Popup} show=${Boolean(props.goods)} position="bottom" round=${true} closeable=${true} ...${{ "onUpdate:show": () => props.onClose() }}>
        ${props.goods && content(props.goods, state, pick)}
      <//>`;
  },
};

function chooseValue(state, skus, place, value) {
  state.values = withValue(skus, state.values, place, value);
  state.quantity = Math.max(1, Math.min(state.quantity, findSku(skus, state.values)?.available ?? 1));
}

function content({ name, pictures, specifications, skus }, state, pick) {
  const sku = findSku(skus, state.values);
  return html`
    <div class="sheet sku-sheet" data-testid="sku-sheet">
      <div class="sku-head">${picture(pictures[0], name)}<div><h2>${name}</h2>
        ${sku && price(sku)}
        ${sku?.special_limit > 0 && html`<p class="offer-text" data-testid="special-limit">特价限购 ${sku.special_limit} 件，超出按原价</p>`}
        <p class="hint">${!sku ? "请选择规格" : sku.available ? `库存 ${sku.available} 件` : "已售完"}</p></div></div>
      ${specifications.map((label, place) => html`
        <fieldset class="sku-values" key=${label}><legend>${label}</legend>
          ${valuesOf(skus, place).map((value) => html`
            <button type="button" key=${value} class=${["chip", { on: state.values[place] === value }]} aria-pressed=${state.values[place] === value}
              disabled=${!isPossible(skus, place, value)} onClick=${() => chooseValue(state, skus, place, value)}>${value}</button>`)}
        </fieldset>`)}
      <p class="sku-quantity"><span>数量</span>${stepper({ value: state.quantity, max: sku?.available ?? 1, name, onChange: (value) => (state.quantity = value) })}</p>
      <div class="sku-actions">
        <${Button} round=${true} disabled=${!sku?.available} loading=${state.busy === "cart"} onClick=${() => pick(sku, "cart")} data-testid="add-to-cart">加入购物车<//>
        <${Button} round=${true} type="primary" disabled=${!sku?.available} loading=${state.busy === "buy"} onClick=${() => pick(sku, "buy")} data-testid="buy-now">立即购买<//>
      </div>
    </div>`;
}
