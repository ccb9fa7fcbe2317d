// The tables of the form: special prices, parts of a bundle, steps with what they give, and gifts.

import { html } from "../../../m/js/html.js";
import { input } from "../blocks/form-fields.js";
import { icon } from "../icon.js";
import { GoodsSelect } from "./goods-select.js";

const { ElButton } = window.ElementPlus;
const BOX = { width: "100%", display: "grid", gap: "8px" };
const LINE = { display: "flex", flexWrap: "wrap", gap: "8px 12px", alignItems: "flex-end", padding: "8px", border: "1px solid #e3e6eb", borderRadius: "4px" };
const WIDTHS = { goods: "240px", money: "150px", number: "150px" };

const cell = (column, row, change, names) => html`
  <label key=${column.prop} style=${{ width: WIDTHS[column.type], maxWidth: "100%" }} data-cell=${column.prop}><span>${column.label}</span>
    ${column.type === "goods" ? html`<${GoodsSelect} value=${row[column.prop]} multiple=${column.multiple} skus=${column.skus} names=${names} label=${column.label} onChanged=${change} />` : input(column, row[column.prop], change)}</label>`;

/** Rows of cells; `render` adds what a row has below them. */
export const Rows = {
  props: { value: Array, columns: Array, addLabel: String, names: Object, most: { default: 100 }, render: Function, empty: Function },
  emits: ["changed"],
  setup(props, { emit }) {
    const rows = () => props.value ?? [];
    const put = (at, row) => emit("changed", rows().map((one, place) => (place === at ? row : one)));
    const remove = (at) => emit("changed", rows().filter((_, place) => place !== at));
    const add = () => emit("changed", [...rows(), props.empty?.() ?? {}]);

    return () => html`
      <div style=${BOX}>
        ${rows().map((row, at) => html`
          <div key=${at} style=${LINE} role="group" aria-label=${`第 ${at + 1} 行`} data-testid="promotion-row">
            ${props.columns.map((column) => cell(column, row, (given) => put(at, { ...row, [column.prop]: given }), props.names))}
            <button type="button" class="plain" aria-label=${`删除第 ${at + 1} 行`} onClick=${() => remove(at)}>${icon("delete")}</button>
            ${props.render?.(row, (next) => put(at, next))}
          </div>`)}
        ${rows().length < props.most && html`<div><${ElButton} onClick=${add} data-testid=${`add-${props.addLabel}`}>${icon("plus")} ${props.addLabel}<//></div>`}
      </div>`;
  },
};

const PRICE_COLUMNS = [
  { prop: "product", label: "商品", type: "goods" }, { prop: "price_fen", label: "特价", type: "money" },
  { prop: "per_order", label: "每单限（件）", type: "number", min: 1, max: 10_000 }, { prop: "quantity", label: "总量（件）", type: "number", min: 1, max: 10_000_000 },
];
const PART_COLUMNS = [
  { prop: "products", label: "商品（可任选其一）", type: "goods", multiple: true }, { prop: "quantity", label: "件数", type: "number", min: 1, max: 99 },
];
const GIFT_COLUMNS = [
  { prop: "sku", label: "赠品", type: "goods", skus: true }, { prop: "quantity", label: "件数", type: "number", min: 1, max: 99 },
  { prop: "value_fen", label: "价值（不填按售价）", type: "money" },
];
const STEP_COLUMN = {
  reduction: { prop: "off_fen", label: "减", type: "money" },
  discount: { prop: "fold", label: "打几折", type: "number", min: 0.1, max: 9.9, precision: 1 },
};
STEP_COLUMN.member_day = STEP_COLUMN.discount;
const begin = (by) => (by === "units" ? { prop: "from_units", label: "满（件）", type: "number", min: 0, max: 10_000 } : { prop: "from_fen", label: "满（金额）", type: "money" });

const field = (more, component) => ({ type: "custom", required: true, value: [], empty: [], rules: [(rows) => (rows.length ? "" : "请至少添加一行")], ...more, render: component });

export const pricesField = (names, more) => field({ prop: "prices", label: "特价商品", help: "每单限和总量不填则不限", ...more },
  (value, set) => html`<${Rows} value=${value} columns=${PRICE_COLUMNS} names=${names.products} addLabel="添加商品" most=${500} onChanged=${set} />`);

export const partsField = (names, more) => field({ prop: "parts", label: "组合商品", help: "每一行是组合的一部分；选了多种商品时顾客任选其一", ...more },
  (value, set) => html`<${Rows} value=${value} columns=${PART_COLUMNS} names=${names.products} addLabel="添加商品" most=${20} empty=${() => ({ products: [], quantity: 1 })} onChanged=${set} />`);

/** Steps of a kind: the threshold is an amount or a number of units, of all rows alike. */
export const stepsField = (kind, names, by, more) => field({ prop: `steps_${kind}_${by}`, label: "档位", ...more }, (value, set) => html`
  <${Rows} value=${value} columns=${[begin(by), STEP_COLUMN[kind]].filter(Boolean)} names=${names.skus} addLabel="添加档位" most=${10} empty=${() => (kind === "gift" ? { gifts: [{ quantity: 1 }] } : {})} onChanged=${set}
    render=${kind === "gift" ? (row, put) => html`<${Rows} value=${row.gifts} columns=${GIFT_COLUMNS} names=${names.skus} addLabel="添加赠品" most=${10} empty=${() => ({ quantity: 1 })} onChanged=${(gifts) => put({ ...row, gifts })} />` : null} />`);
