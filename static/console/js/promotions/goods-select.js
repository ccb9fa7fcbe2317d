// One or several goods that are looked for on the server: products or SKUs, by code.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { fail } from "../feedback.js";
import { money } from "../format.js";

const { ElOption, ElSelect } = window.ElementPlus;
const { reactive } = window.Vue;

export const findProducts = (text) => get("/promotions/products", { search: text });
const findSkus = (text) => get("/promotions/skus", { search: text });

/** `names` are the names of what is chosen already, by code. */
export const GoodsSelect = {
  props: { value: null, multiple: Boolean, skus: Boolean, names: { default: () => ({}) }, label: String },
  emits: ["changed"],
  setup(props, { emit }) {
    const state = reactive({ found: [], known: Object.entries(props.names).map(([value, label]) => ({ value, label, note: value })) });
    const chosen = () => [props.value ?? []].flat();

    async function find(text) {
      try {
        const kept = [...state.found, ...state.known].filter(({ value }) => chosen().includes(value));
        state.found = await (props.skus ? findSkus : findProducts)(text);
        state.known = kept.filter(({ value }) => !state.found.some((one) => one.value === value));
      } catch (error) {
        fail(error);
      }
    }

    const noteOf = ({ note, price_fen: fen }) => (fen === undefined || fen === null ? note : `${note} ${money(fen)} 元`);
    const options = () => [...state.known.filter(({ value }) => chosen().includes(value)), ...state.found.filter(({ value }) => !state.known.some((one) => one.value === value && chosen().includes(value)))];

    find("");
    return () => html`
      <${ElSelect} modelValue=${props.value} multiple=${props.multiple} filterable=${true} remote=${true} remoteMethod=${find} placeholder="名称、编码或条码" ariaLabel=${props.label}
        collapseTags=${true} maxCollapseTags=${2} noDataText="没有找到商品" ...${{ "onUpdate:modelValue": (value) => emit("changed", value) }}>
        ${() => options().map((one) => html`<${ElOption} key=${one.value} value=${one.value} label=${one.label}>${() => html`${one.label}<small class="option-note">${noteOf(one)}</small>`}<//>`)}
      <//>`;
  },
};
