// The goods of an order that staff enter: SKUs of a shop are searched and added with a quantity.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { fail } from "../feedback.js";
import { money } from "../format.js";
import { icon } from "../icon.js";

const { ElInputNumber, ElOption, ElSelect } = window.ElementPlus;
const { reactive, watch } = window.Vue;

/** `value` is a list of `{ sku_id, name, price_fen, available, quantity }`; emits `changed`. */
export const LinesInput = {
  props: ["shop", "value"],
  emits: ["changed"],
  setup(props, { emit }) {
    const state = reactive({ found: [] });
    const rows = () => props.value ?? [];
    const find = (search) => props.shop && get("/shop-order-entries/goods", { shop: props.shop, search }).then((found) => (state.found = found)).catch(fail);
    const change = (wanted, quantity) => emit("changed", rows().map((row) => (row.sku_id === wanted ? { ...row, quantity: quantity ?? 1 } : row)));
    const remove = (wanted) => emit("changed", rows().filter(({ sku_id }) => sku_id !== wanted));

    function add(wanted) {
      const sku = state.found.find(({ sku_id }) => sku_id === wanted);
      if (sku && !rows().some(({ sku_id }) => sku_id === wanted)) emit("changed", [...rows(), { ...sku, quantity: 1 }]);
    }

    watch(() => props.shop, () => find(""), { immediate: true });
    return () => html`
      <div class="unit-table">
        <${ElSelect} modelValue="" filterable=${true} remote=${true} remoteMethod=${find} disabled=${!props.shop} placeholder=${props.shop ? "按名称、拼音或条码查找" : "请先选择门店"} ariaLabel="添加商品"
          noDataText="没有找到在售的商品" ...${{ "onUpdate:modelValue": add }}>
          ${() => state.found.map(({ sku_id, name, price_fen, available }) => html`
            <${ElOption} key=${sku_id} value=${sku_id} label=${name} disabled=${available < 1}>${() => html`${name}<small class="option-note">${money(price_fen)} 元，可售 ${available}</small>`}<//>`)}
        <//>
        ${rows().length > 0 && html`<table>
          <thead><tr><th>商品</th><th class="amount">单价</th><th>数量</th><th><span class="visually-hidden">操作</span></th></tr></thead>
          <tbody>${rows().map(({ sku_id, name, price_fen, available, quantity }) => html`
            <tr key=${sku_id}>
              <td>${name}<small>可售 ${available}</small></td><td class="amount">${money(price_fen)}</td>
              <td><${ElInputNumber} modelValue=${quantity} min=${1} max=${available} precision=${0} size="small" ariaLabel=${`${name} 数量`} ...${{ "onUpdate:modelValue": (count) => change(sku_id, count) }} /></td>
              <td><button type="button" class="plain" aria-label=${`删除 ${name}`} onClick=${() => remove(sku_id)}>${icon("delete")}</button></td>
            </tr>`)}</tbody>
        </table>`}
      </div>`;
  },
};
