// 商品: the list with its filters, new products, publication one by one and many at once, import and export.

import { html } from "../../../m/js/html.js";
import { del, fileUrl, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { openImport } from "../blocks/import-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { CODE, FIELDS, listBrands, listCategories, STATES, toBody } from "../goods/product-form.js";
import { findShops } from "../options.js";
import { router } from "../router.js";

const priceOf = ({ lowest_fen: low, highest_fen: high, sku_count: count }) => (low === null ? "—" : low === high ? money(low) : `${money(low)}–${money(high)}`) + (count > 1 ? `（${count} 种）` : "");
const COLUMNS = [
  { prop: "name", label: "商品名称", phone: true, minWidth: 140, sortable: true },
  { prop: "code", label: "编码", width: 95, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 85 },
  { prop: "is_hot", label: "热销", format: "yesNo", width: 65 },
  { prop: "category", label: "分类", minWidth: 100 },
  { prop: "price", label: "零售价", width: 165, render: priceOf },
  { prop: "brand", label: "品牌", width: 85, sortable: true },
  { prop: "barcode", label: "条形码", width: 130 },
  { prop: "changed_at", label: "修改时间", format: "time", width: 150, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "商品", placeholder: "名称、拼音、首字母、编码或条形码" },
  { prop: "state", label: "状态", type: "select", options: Object.entries(STATES).map(([value, [label]]) => [value, label]) },
  { prop: "category", label: "分类", type: "select", options: listCategories },
  { prop: "hot", label: "热销", type: "select", options: [["true", "热销"], ["false", "非热销"]] },
  { prop: "brand", label: "品牌", type: "select", options: listBrands },
  { prop: "shop", label: "在售门店", type: "select", remote: (text) => findShops(text, "code") },
];
export const MOVES = [
  { label: "上架", right: "goods.publish", show: ({ state }) => state === "draft" || state === "unpublished", run: ({ id }) => post(`/goods/${id}/publish`) },
  { label: "下架", right: "goods.publish", danger: true, show: ({ state }) => state === "published", confirm: ({ name }) => `下架后顾客看不到“${name}”，可以再上架。确定下架？`, run: ({ id }) => post(`/goods/${id}/unpublish`) },
  { label: "删除", right: "goods.delete", danger: true, show: ({ state }) => state === "draft" || state === "unpublished", confirm: ({ name }) => `删除后不能恢复，编码不能再用，条形码可以给其他商品。确定删除“${name}”？`, run: ({ id }) => del(`/goods/${id}`) },
];
const ids = (rows) => rows.map(({ id }) => id);

/** What a batch did; what was refused is named with the reason. */
function report({ changed, refused }) {
  if (!refused.length) return `已处理 ${changed} 个商品`;
  const reasons = refused.slice(0, 3).map(({ reason }) => reason).join("；");
  throw Object.assign(new Error(), { changed, msg: `已处理 ${changed} 个，${refused.length} 个没有处理：${reasons}` });
}

const BATCH_ACTIONS = [
  { label: "批量上架", right: "goods.publish", run: async (rows) => report(await post("/goods/batches/publish", { ids: ids(rows) })) },
  { label: "批量下架", right: "goods.publish", confirm: (rows) => `下架后顾客看不到这 ${rows.length} 个商品。确定下架？`, run: async (rows) => report(await post("/goods/batches/unpublish", { ids: ids(rows) })) },
  { label: "移到分类", right: "goods.edit", run: move },
  { label: "设为热销", right: "goods.edit", run: async (rows) => report(await post("/goods/batches/hot", { ids: ids(rows), is_hot: true })) },
  { label: "取消热销", right: "goods.edit", run: async (rows) => report(await post("/goods/batches/hot", { ids: ids(rows), is_hot: false })) },
  { label: "批量删除", right: "goods.delete", confirm: (rows) => `删除后不能恢复。确定删除这 ${rows.length} 个商品？`, run: async (rows) => report(await post("/goods/batches/deletion", { ids: ids(rows) })) },
  { label: "门店引入", right: "goods.shop_goods", run: (rows) => takeOver(rows) },
  { label: "扫描购二维码", right: "goods.read", run: (rows) => printCodes(rows) },
];
const TOOLS = [
  { label: "导入", icon: "upload", right: "goods.create", run: () => openImport({ title: "导入商品", url: "/goods/import", template: fileUrl("/goods/import/template"), unit: "个商品", progress: true, note: "Excel（.xlsx）或 CSV 文件，第一行为列名，每行一个规格，一次最多 5000 行。编码已有的商品会修改：空格不变，填 - 清空。" }) },
];

function move(rows) {
  return openForm({
    title: `移动 ${rows.length} 个商品`, fields: [{ prop: "category", label: "分类", type: "select", required: true, options: listCategories }],
    submit: async (value) => report(await post("/goods/batches/move", { ids: ids(rows), ...value })),
  });
}

/** Let a shop sell products. */
export function takeOver(rows, title = `引入 ${rows.length} 个商品`) {
  return openForm({
    title, note: "门店按总部价格销售，之后可以在商品页修改门店价格和货位。",
    fields: [{ prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") }],
    submit: (value) => post("/shop-goods", { ids: ids(rows), ...value }),
  });
}

/** The print sheet of QR codes, with which customers of a shop scan and buy. */
export async function printCodes(rows) {
  let shop = "";
  const outcome = await openForm({
    title: "扫描购二维码", submitLabel: "生成", success: "", note: "每个规格一个二维码，顾客扫码打开该门店的商品页。",
    fields: [{ prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") }],
    submit: async (value) => ({ shop } = value),
  });
  if (outcome) router.push({ path: "/goods/codes", query: { shop, ids: ids(rows).join(",") } });
  return false;
}

/** The new product opens, as its SKUs can be checked there. */
async function create() {
  let made = null;
  const outcome = await openForm({ title: "新建商品", width: "1060px", fields: [CODE, ...FIELDS], submit: async (value) => (made = await post("/goods", toBody(value))) });
  if (outcome) router.push(`/goods/${made.id}`);
  return outcome;
}

const component = () => html`
  <${ListPage} url="/goods" columns=${COLUMNS} filters=${FILTERS} rowActions=${MOVES} batchActions=${BATCH_ACTIONS} tools=${TOOLS} sort="-created_at" exportKind="goods"
    detail=${({ id }) => `/goods/${id}`} create=${{ label: "新建商品", right: "goods.create", open: create }} emptyText="还没有商品" />`;

export default { title: "商品", component };
