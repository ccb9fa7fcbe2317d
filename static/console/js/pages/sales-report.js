// 销售汇总: orders, units and amounts by shop, source and sale or return.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { SALE_KINDS, sourceName } from "../labels.js";
import { findShops } from "../options.js";

export const SALES_FILTERS = [
  { prop: "day", label: "订单日期", type: "dates" },
  { prop: "shop", label: "店铺", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "search", label: "订单号", placeholder: "订单或退单的完整单号" },
];
const COLUMNS = [
  { prop: "shop", label: "店铺", phone: true, minWidth: 170 },
  { prop: "source", label: "业务来源", width: 110, render: ({ source }) => sourceName(source) },
  { prop: "direction", label: "销售方式", phone: true, format: "tag", tags: SALE_KINDS, width: 95 },
  { prop: "orders", label: "单数", format: "number", width: 90 },
  { prop: "units", label: "件数", format: "number", width: 90 },
  { prop: "discount_fen", label: "优惠金额", format: "money", minWidth: 110 },
  { prop: "goods_fen", label: "商品金额", format: "money", minWidth: 110 },
  { prop: "freight_fen", label: "运费", format: "money", minWidth: 90 },
  { prop: "total_fen", label: "合计", phone: true, format: "money", minWidth: 120 },
];

const component = () => html`
  <${ListPage} url="/sales-report" columns=${COLUMNS} filters=${SALES_FILTERS} exportKind="sales_report" emptyText="这段时间没有销售"
    note="不选日期时统计本月至今。销售按付款日期、退货按退货日期统计，退货为负数；件数含赠品。" />`;

export default { title: "销售汇总", component };
