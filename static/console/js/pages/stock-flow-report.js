// 出入库汇总: what left the shops for orders and what came back, by goods or by shop.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { findShops } from "../options.js";

const FILTERS = [
  { prop: "day", label: "日期", type: "dates" },
  { prop: "shop", label: "店铺", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "by", label: "汇总方式", type: "select", options: [["sku", "按商品"], ["shop", "按店铺"]], value: "sku" },
];
const COLUMNS = [
  { prop: "shop", label: "店铺", phone: true, minWidth: 160 },
  { prop: "code", label: "规格编码", width: 150 },
  { prop: "barcode", label: "条码", width: 140 },
  { prop: "name", label: "商品", phone: true, minWidth: 180 },
  { prop: "out", label: "出库", phone: true, format: "number", width: 95, sortable: true },
  { prop: "in", label: "入库", format: "number", width: 95, sortable: true },
  { prop: "net", label: "净出库", format: "number", width: 95 },
];

const component = () => html`
  <${ListPage} url="/stock-flow-report" columns=${COLUMNS} filters=${FILTERS} sort="-out" exportKind="stock_flow_report" emptyText="这段时间没有出入库"
    note="不选日期时统计本月至今。出库为售出的商品，入库为顾客退回的商品；进货、盘点和调整见“库存”。" />`;

export default { title: "出入库汇总", component };
