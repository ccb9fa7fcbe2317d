// 交易单: sales and returns of all channels.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { choices, DIRECTIONS, ORDER_KINDS, ORDER_STATES, RETURNED, SOURCES } from "../labels.js";
import { linkToMember } from "../links.js";
import { findShops } from "../options.js";

const listSources = () => get("/orders/sources").then((found) => found.map((source) => [source, SOURCES[source] ?? source]));

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "单号、会员卡号、手机或商品", private: true },
  { prop: "day", label: "交易日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "direction", label: "方向", type: "select", options: choices(DIRECTIONS) },
  { prop: "state", label: "状态", type: "select", options: choices(ORDER_STATES) },
  { prop: "kind", label: "类型", type: "select", options: choices(ORDER_KINDS) },
  { prop: "source", label: "来源渠道", type: "select", options: listSources },
  { prop: "cashier", label: "收银员", placeholder: "收银员编号" },
];

const COLUMNS = [
  { prop: "number", label: "交易编码", phone: true, width: 185 },
  { prop: "placed_at", label: "交易时间", format: "time", width: 160, sortable: true },
  { prop: "direction", label: "方向", format: "tag", tags: DIRECTIONS, width: 85 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: ORDER_STATES, width: 85 },
  { prop: "returned", label: "退款", format: "tag", tags: RETURNED, width: 105 },
  { prop: "total_fen", label: "应收金额", phone: true, format: "money", width: 105, sortable: true },
  { prop: "spend_fen", label: "实收金额", format: "money", width: 90 },
  { prop: "shop", label: "门店", minWidth: 115 },
  { prop: "member", label: "会员卡号", width: 150, render: ({ member }) => linkToMember(member) },
  { prop: "cashier", label: "营业员", width: 75 },
  { prop: "list_fen", label: "原价金额", format: "money", width: 90 },
  { prop: "discount_fen", label: "优惠金额", format: "money", width: 90 },
  { prop: "source", label: "来源渠道", width: 95, render: ({ source }) => SOURCES[source] ?? source },
  { prop: "kind", label: "类型", width: 75, render: ({ kind }) => ORDER_KINDS[kind] },
  { prop: "units", label: "商品数量", format: "number", width: 90 },
];

const component = () => html`
  <${ListPage} url="/orders" columns=${COLUMNS} filters=${FILTERS} rowKey="number" sort="-placed_at" exportKind="orders" detail=${({ number }) => `/orders/${number}`} emptyText="没有符合条件的交易单" />`;

export default { title: "交易单", component };
