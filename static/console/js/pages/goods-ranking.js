// 商品销售排行: the goods that sold best.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { findShops } from "../options.js";

const BY = [["amount", "金额"], ["units", "件数"], ["orders", "订单数"]];
const PLACES = ["10", "20", "50", "100"].map((count) => [count, `前 ${count} 名`]);

export const RANK_FILTERS = [
  { prop: "day", label: "日期", type: "dates" },
  { prop: "by", label: "排行依据", type: "select", options: BY, value: "amount" },
  { prop: "limit", label: "名次", type: "select", options: PLACES, value: "10" },
  { prop: "shop", label: "店铺", type: "select", remote: (text) => findShops(text, "code") },
];
const FILTERS = [...RANK_FILTERS, { prop: "category", label: "分类", type: "select", options: () => get("/goods-ranking/categories") }];
const COLUMNS = [
  { prop: "place", label: "名次", width: 70 },
  { prop: "product", label: "商品编码", width: 160 },
  { prop: "name", label: "商品", phone: true, minWidth: 200 },
  { prop: "orders", label: "订单数", format: "number", width: 100 },
  { prop: "units", label: "件数", phone: true, format: "number", width: 100 },
  { prop: "amount_fen", label: "金额", phone: true, format: "money", minWidth: 130 },
];

const component = () => html`
  <${ListPage} url="/goods-ranking" columns=${COLUMNS} filters=${FILTERS} rowKey="place" exportKind="goods_ranking" emptyText="这段时间没有销售"
    note="不选日期时统计本月至今。件数和金额已扣除退货，金额为优惠后的商品金额；订单数不扣除退单。" />`;

export default { title: "商品销售排行", component };
