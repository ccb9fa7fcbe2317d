// 预警货品: what is below its own limit, or that of its category, or that of the settings.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";
import { listCategories } from "../goods/product-form.js";
import { findShops } from "../options.js";
import { can } from "../session.js";
import { ACTIONS } from "./stock.js";

const FILTERS = [
  { prop: "search", label: "商品", placeholder: "名称、编码或条码" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "category", label: "分类", type: "select", options: () => (can("goods.read") ? listCategories() : []) },
];
const COLUMNS = [
  { prop: "name", label: "商品", phone: true, minWidth: 160, sortable: true },
  { prop: "code", label: "规格编码", width: 130, sortable: true },
  { prop: "shop", label: "门店", minWidth: 170 },
  { prop: "available", label: "可用", phone: true, format: "number", width: 90, sortable: true },
  { prop: "limit", label: "预警值", phone: true, format: "number", width: 85 },
  { prop: "missing", label: "缺口", width: 85, align: "right", render: ({ limit, available }) => number(limit - available) },
  { prop: "on_hand", label: "现有", format: "number", width: 90, sortable: true },
  { prop: "reserved", label: "占用", format: "number", width: 90, sortable: true },
  { prop: "barcode", label: "条码", minWidth: 140 },
];

const component = () => html`
  <${ListPage} url="/stock/warnings" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIONS} sort="available" exportKind="stock_warnings" emptyText="没有低于预警值的商品"
    note="可用库存低于自己的预警值；没有填的按分类的预警值，再没有的按参数设置。" />`;

export default { title: "预警货品", component };
