// 库存: what each shop has of each SKU, with goods received, adjustments, stock-taking and warnings.

import { html } from "../../../m/js/html.js";
import { fileUrl, get, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { openImport } from "../blocks/import-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";

export const STATES = { low: ["预警", "danger"], enough: ["充足", "success"] };
const FILTERS = [
  { prop: "search", label: "商品", placeholder: "名称、编码或条码" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const COLUMNS = [
  { prop: "name", label: "商品", phone: true, minWidth: 160, sortable: true },
  { prop: "code", label: "规格编码", width: 130, sortable: true },
  { prop: "shop", label: "门店", minWidth: 170 },
  { prop: "available", label: "可用", phone: true, format: "number", width: 90, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 80 },
  { prop: "on_hand", label: "现有", format: "number", width: 90, sortable: true },
  { prop: "reserved", label: "占用", format: "number", width: 90, sortable: true },
  { prop: "sold", label: "已售", format: "number", width: 90, sortable: true },
  { prop: "limit", label: "预警值", format: "number", width: 85 },
  { prop: "barcode", label: "条码", minWidth: 140 },
];
const REASON = { prop: "reason", label: "原因", max: 100 };
const units = { type: "number", required: true, min: 0, max: 100000000 };

export const ACTIONS = [
  { label: "入库", right: "stock.receive", run: receiveMore },
  { label: "调整", right: "stock.adjust", run: adjust },
  { label: "盘点", right: "stock.count", run: count },
  { label: "预警值", right: "stock.edit", run: setWarning },
];

const findSkus = (search) => get("/stock/skus", { search });
const noteOf = ({ name, shop, on_hand, reserved }) => `${shop} ${name}：现有 ${number(on_hand)} 件${reserved ? `，其中 ${number(reserved)} 件被订单占用` : ""}。`;

const receive = () => openForm({
  title: "商品入库",
  fields: [
    { prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") },
    { prop: "sku", label: "商品", type: "select", required: true, remote: findSkus, help: "按名称、编码或条码查找" },
    { prop: "quantity", label: "数量", ...units, min: 1 },
    { ...REASON, label: "备注" },
  ],
  submit: (value) => post("/stock", value),
});

function receiveMore(row) {
  return openForm({
    title: "商品入库", note: noteOf(row),
    fields: [{ prop: "quantity", label: "入库数量", ...units, min: 1 }, { ...REASON, label: "备注" }],
    submit: (value) => post("/stock", { ...value, shop: row.shop_code, sku: row.code }),
  });
}

function adjust(row) {
  return openForm({
    title: "调整库存", note: noteOf(row),
    fields: [
      { prop: "difference", label: "增减数量", ...units, min: -100000000, help: "减少填负数，如 -2" },
      { ...REASON, required: true, placeholder: "如 破损、过期、领用" },
    ],
    submit: (value) => post(`/stock/${row.id}/adjustments`, value),
  });
}

function count(row) {
  return openForm({
    title: "盘点", note: noteOf(row),
    fields: [
      { prop: "counted", label: "实盘数量", ...units, help: (typed) => differenceOf(row, typed) },
      { ...REASON, label: "备注" },
    ],
    submit: (value) => post(`/stock/${row.id}/counts`, value),
  });
}

/** Tell what a count would change. */
function differenceOf({ on_hand }, { counted }) {
  if (counted === null || counted === undefined) return "包括被订单占用、还没有出库的商品";
  const difference = counted - on_hand;
  return difference ? `${difference > 0 ? "盘盈" : "盘亏"} ${number(Math.abs(difference))} 件` : "与账面一致";
}

function setWarning({ id, limit, warning_at }) {
  return openForm({
    title: "预警值", value: { warning_at },
    fields: [{ prop: "warning_at", label: "预警值", ...units, required: false, help: `可用库存低于此数就预警，不填用参数设置里的值${warning_at === null ? `（${limit}）` : ""}` }],
    submit: (value) => put(`/stock/${id}/warning`, { warning_at: value.warning_at ?? null }),
  });
}

const TOOLS = [{ label: "盘点导入", icon: "upload", right: "stock.count", run: importCounts }];

/** The sheet of a shop, filled in and imported. */
async function importCounts() {
  let shop = "";
  const outcome = await openForm({
    title: "盘点导入", submitLabel: "下一步", success: "",
    fields: [{ prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") }],
    submit: async (value) => ({ shop } = value),
  });
  if (!outcome) return false;
  return openImport({
    title: `盘点导入 ${shop}`, url: "/stock-counts", params: { shop }, template: fileUrl("/stock-counts/template", { shop }), unit: "项",
    note: "下载盘点表，填写“实盘数量”后上传；没有填写的行不盘点。全部行正确才会导入。",
  });
}

const component = () => html`
  <${ListPage} url="/stock" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIONS} tools=${TOOLS} sort="code" exportKind="stock" detail=${({ id }) => `/stock/${id}`} create=${{ label: "商品入库", right: "stock.receive", open: receive }} emptyText="没有符合条件的库存" />`;

export default { title: "库存", component };
