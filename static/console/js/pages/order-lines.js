// 交易单明细: the goods of all sales and returns.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices, DIRECTIONS, ORDER_STATES } from "../labels.js";
import { linkTo, linkToMember } from "../links.js";
import { findShops } from "../options.js";

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "商品编码、标题或单号" },
  { prop: "day", label: "交易日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "direction", label: "方向", type: "select", options: choices(DIRECTIONS) },
  { prop: "state", label: "状态", type: "select", options: choices(ORDER_STATES) },
];
const COLUMNS = [
  { prop: "placed_at", label: "交易时间", format: "time", width: 170, sortable: true },
  { prop: "number", label: "交易编码", width: 190, render: ({ number }) => linkTo(`/orders/${number}`, number) },
  { prop: "product", label: "商品编码", width: 130 },
  { prop: "name", label: "商品标题", phone: true, minWidth: 160, render: ({ name, is_gift }) => (is_gift ? `${name}（赠品）` : name) },
  { prop: "quantity", label: "数量", phone: true, format: "number", width: 75 },
  { prop: "list_fen", label: "原价金额", format: "money", width: 105 },
  { prop: "discount_fen", label: "优惠金额", format: "money", width: 105 },
  { prop: "goods_fen", label: "应收金额", phone: true, format: "money", width: 105, sortable: true },
  { prop: "direction", label: "方向", format: "tag", tags: DIRECTIONS, width: 75 },
  { prop: "state", label: "状态", format: "tag", tags: ORDER_STATES, width: 90 },
  { prop: "shop", label: "门店", minWidth: 180 },
  { prop: "member", label: "会员卡号", width: 165, render: ({ member }) => linkToMember(member) },
];

const component = () => html`
  <${ListPage} url="/order-lines" columns=${COLUMNS} filters=${FILTERS} sort="-placed_at" exportKind="order_lines" emptyText="没有符合条件的明细" />`;

export default { title: "交易单明细", component };
