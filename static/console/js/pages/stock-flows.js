// 出入库明细: each movement of goods that were sold or came back.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { linkTo } from "../links.js";
import { findShops } from "../options.js";

const FLOWS = { out: ["出库", "primary"], in: ["入库", "danger"] };
const FILTERS = [
  { prop: "day", label: "日期", type: "dates" },
  { prop: "shop", label: "店铺", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "search", label: "单号", placeholder: "完整订单号" },
  { prop: "direction", label: "类型", type: "select", options: [["out", "出库"], ["in", "入库"]] },
];
const COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 170, sortable: true },
  { prop: "direction", label: "类型", phone: true, format: "tag", tags: FLOWS, width: 80 },
  { prop: "number", label: "单号", width: 190, render: ({ number }) => linkTo(`/orders/${number}`, number) },
  { prop: "name", label: "商品", phone: true, minWidth: 180 },
  { prop: "quantity", label: "数量", phone: true, format: "number", width: 80 },
  { prop: "shop", label: "店铺", minWidth: 160 },
  { prop: "code", label: "规格编码", width: 150 },
  { prop: "barcode", label: "条码", width: 140 },
  { prop: "operator", label: "操作人", width: 120 },
];

const component = () => html`
  <${ListPage} url="/stock-flows" columns=${COLUMNS} filters=${FILTERS} sort="-at" exportKind="stock_flows" emptyText="这段时间没有出入库"
    note="不选日期时为本月至今。出库为售出的商品，入库为顾客退回的商品。" />`;

export default { title: "出入库明细", component };
