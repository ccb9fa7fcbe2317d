// The form of a flash sale: moments, rules, shops, and goods, each written in a form of its own.

import { html } from "../../../m/js/html.js";
import { get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { money } from "../format.js";
import { icon } from "../icon.js";
import { findShops } from "../options.js";
import { uploadPicture } from "../upload.js";

const { ElButton } = window.ElementPlus;
const MAX_GOODS = 50;
const findSkus = (search) => get("/stock/skus", { search });
const after = (other, text) => (value, typed) => (!value || !typed[other] || value > typed[other] ? "" : text);

const fieldsOf = ({ cost_centres: centres }) => [
  { prop: "name", label: "名称", required: true, max: 30 },
  { prop: "announced_at", label: "预告时间", type: "datetime", required: true, half: true, help: "从这时起顾客可以看到" },
  { prop: "starts_at", label: "开始时间", type: "datetime", required: true, half: true, rules: [(value, typed) => (!value || !typed.announced_at || value >= typed.announced_at ? "" : "开始时间不能早于预告时间")] },
  { prop: "ends_at", label: "结束时间", type: "datetime", required: true, rules: [after("starts_at", "结束时间应晚于开始时间")] },
  { prop: "shops", label: "门店", type: "multi", required: true, remote: (text) => findShops(text, "code"), empty: [] },
  { prop: "goods", label: "商品", type: "custom", value: [], empty: [], required: true, render: (value, set) => html`<${GoodsInput} value=${value} onChanged=${set} />` },
  { prop: "rules_text", label: "抢购规则", type: "textarea", rows: 4, required: true, max: 5000, help: "展示给顾客：时间、数量、限购和取货方式" },
  { prop: "picture_url", label: "图片", type: "picture", upload: uploadPicture },
  { prop: "takes_coupons", label: "可用优惠券", type: "switch", value: false, half: true },
  { prop: "takes_points", label: "可用积分", type: "switch", value: true, half: true },
  { prop: "takes_promotions", label: "可与其他促销同享", type: "switch", value: false },
  { prop: "cost_centre", label: "成本中心", type: "select", options: centres },
];

const goodsFields = [
  { prop: "sku", label: "商品", type: "select", required: true, remote: findSkus, help: "按名称、编码或条码查找" },
  { prop: "price_fen", label: "抢购价", type: "money", required: true, rules: [(value) => (value === null || value > 0 ? "" : "抢购价应大于 0")] },
  { prop: "quantity", label: "每店数量（件）", type: "number", required: true, min: 1, max: 1_000_000, help: "发布时从每家门店的库存中预留", half: true },
  { prop: "limit", label: "每人限购（件）", type: "number", required: true, min: 1, max: 10_000, value: 1, half: true },
];

const GoodsInput = {
  props: { value: Array },
  emits: ["changed"],
  setup(props, { emit }) {
    const list = () => props.value ?? [];
    const write = (title, value, save) => openForm({ title, fields: goodsFields, value, submitLabel: "确定", success: "", submit: async (typed) => save(typed) });
    const add = () => write("添加商品", null, (one) => emit("changed", [...list(), one]));
    const keep = (at, one) => emit("changed", list().map((old, place) => (place === at ? one : old)));
    const remove = (at) => emit("changed", list().filter((_, place) => place !== at));

    return () => html`
      <div class="rows-field">
        ${list().map((one, at) => html`
          <div class="row" key=${one.sku} data-testid="flash-goods-row">
            <span><b>${one.sku}</b> ${money(one.price_fen)} 元，每店 ${one.quantity} 件，每人限购 ${one.limit} 件</span>
            <${ElButton} link=${true} type="primary" onClick=${() => write(`编辑 ${one.sku}`, one, (next) => keep(at, next))}>编辑<//>
            <button type="button" class="plain" aria-label=${`删除 ${one.sku}`} onClick=${() => remove(at)}>${icon("delete")}</button>
          </div>`)}
        ${list().length < MAX_GOODS && html`<${ElButton} onClick=${add} data-testid="add-goods">${icon("plus")} 添加商品<//>`}
      </div>`;
  },
};

/** Opens the form of a draft, or of a new one. Returns its id, or null if nothing was saved. */
export async function openMaker(id = null) {
  const options = await get("/flash-sales/options");
  const content = id ? (await get(`/flash-sales/${id}`)).content : null;
  let made = null;
  await openForm({
    title: content?.name ?? "新建抢购", width: "760px", fields: fieldsOf(options), value: content, submitLabel: "保存草稿",
    submit: async (typed) => {
      const row = id ? await patch(`/flash-sales/${id}`, { content: typed }) : await post("/flash-sales", { content: typed });
      made = row.id;
    },
  });
  return made;
}
