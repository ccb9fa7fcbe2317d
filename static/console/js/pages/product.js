// One product: its facts, SKUs, description, and how each shop sells it.

import { html } from "../../../m/js/html.js";
import { patch } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { plainTable } from "../blocks/plain-table.js";
import { fail } from "../feedback.js";
import { FIELDS, STATES, toBody, toForm } from "../goods/product-form.js";
import { can } from "../session.js";
import { MOVES, printCodes, takeOver } from "./goods.js";

const { ElButton } = window.ElementPlus;

const FACTS = [
  { prop: "code", label: "编码" }, { prop: "state", label: "状态", format: "tag", tags: STATES }, { prop: "category", label: "分类" },
  { prop: "brand", label: "品牌" }, { prop: "unit", label: "单位" }, { prop: "origin", label: "产地" }, { prop: "keywords", label: "搜索关键词" },
  { prop: "is_hot", label: "热销推荐", format: "yesNo" }, { prop: "tags", label: "标签", render: ({ tags }) => tags.join("、") || "—" },
  { prop: "parameters", label: "商品参数", wide: true, render: ({ parameters }) => parameters.map(({ name, value }) => `${name} ${value}`).join("；") || "—" },
  { prop: "created_at", label: "创建时间", format: "time" }, { prop: "changed_at", label: "修改时间", format: "time" },
];
const SKUS = [
  { prop: "code", label: "规格编码", width: 150 }, { prop: "specification_text", label: "规格值", minWidth: 120 }, { prop: "barcode", label: "条形码", width: 150 },
  { prop: "list_price_fen", label: "零售价", format: "money", width: 110 }, { prop: "member_price_fen", label: "会员价", format: "money", width: 110 },
];
const shopColumns = (reload) => [
  { prop: "shop_name", label: "门店", minWidth: 130 }, { prop: "sku_code", label: "规格编码", width: 130 }, { prop: "specification", label: "规格值", width: 110 },
  { prop: "price_fen", label: "售价", format: "money", width: 100 }, { prop: "own_price_fen", label: "门店价", width: 100, format: "money" },
  { prop: "rack", label: "货位", width: 120 },
  { prop: "is_sold", label: "在售", format: "yesNo", width: 70 },
  ...(can("goods.shop_goods") ? [{ prop: "edit", label: "操作", width: 80, render: (row) => html`<${ElButton} link=${true} type="primary" onClick=${() => editShopSku(row, reload)}>编辑<//>` }] : []),
];
const SHOP_FIELDS = [
  { prop: "price_fen", label: "门店价", type: "money", help: "不填则按总部的零售价和会员价" },
  { prop: "rack_area", label: "货架区", max: 20, half: true, placeholder: "如 A" }, { prop: "rack_number", label: "货架号", max: 20, half: true, placeholder: "如 3-2" },
  { prop: "is_sold", label: "在该门店销售", type: "switch" },
];

async function editShopSku(row, reload) {
  try {
    const outcome = await openForm({
      title: `${row.shop_name} ${row.specification || row.sku_code}`, fields: SHOP_FIELDS, value: { ...row, price_fen: row.own_price_fen },
      submit: (value) => patch(`/shop-goods/${encodeURIComponent(row.shop)}/${row.sku_id}`, value),
    });
    if (outcome) await reload();
  } catch (error) {
    fail(error);
  }
}

const ACTIONS = [
  { label: "编辑", right: "goods.edit", primary: true, show: ({ state }) => state !== "deleted", run: (product) => openForm({ title: `编辑 ${product.name}`, width: "1060px", fields: FIELDS, value: toForm(product), submit: (value) => patch(`/goods/${product.id}`, toBody(value)) }) },
  ...MOVES,
  { label: "门店引入", right: "goods.shop_goods", run: (product) => takeOver([product], `引入 ${product.name}`) },
  { label: "扫描购二维码", right: "goods.read", show: ({ state }) => state === "published", run: (product) => printCodes([product]) },
];

// The server has cleaned the description to safe tags.
const description = ({ description: text }) => (text ? html`<div class="rich-text" innerHTML=${text}></div>` : html`<p class="muted">没有图文详情</p>`);
const pictures = ({ pictures: urls }) => (urls.length
  ? html`<ul class="gallery">${urls.map((url, index) => html`<li key=${url}><a href=${url} target="_blank" rel="noopener noreferrer"><img src=${url} alt=${`图片 ${index + 1}`} loading="lazy" /></a></li>`)}</ul>`
  : html`<p class="muted">没有图片</p>`);

const TABS = [
  { key: "skus", label: "规格", render: ({ skus }) => plainTable(skus, SKUS, { emptyText: "没有规格", label: "规格" }) },
  { key: "shops", label: "门店商品", render: ({ shop_skus: rows }, reload) => plainTable(rows, shopColumns(reload), { emptyText: "还没有门店引入该商品", label: "门店商品" }) },
  { key: "looks", label: "图文", render: (product) => html`<div>${pictures(product)}${description(product)}</div>` },
];

export default {
  title: "商品",
  component: {
    props: ["params"],
    setup: (props) => () => html`<${DetailPage} url=${`/goods/${props.params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${ACTIONS} tabs=${TABS} />`,
  },
};
