// 付款: every try to pay an order or a top-up.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices, PAYABLES, PAYMENT_KINDS, PAYMENT_STATES } from "../labels.js";
import { linkToPayable } from "../links.js";
import { findShops } from "../options.js";

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "支付单、订单或平台单号" },
  { prop: "day", label: "日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(PAYMENT_STATES) },
  { prop: "kind", label: "付款方式", type: "select", options: choices(PAYMENT_KINDS) },
  { prop: "payable", label: "单据", type: "select", options: choices(PAYABLES) },
];

const COLUMNS = [
  { prop: "number", label: "支付单", phone: true, width: 200 },
  { prop: "created_at", label: "时间", format: "time", width: 160, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: PAYMENT_STATES, width: 85 },
  { prop: "amount_fen", label: "支付金额", phone: true, format: "money", width: 105, sortable: true },
  { prop: "paid_fen", label: "到账金额", format: "money", width: 90 },
  { prop: "refunded_fen", label: "已退金额", format: "money", width: 90 },
  { prop: "name", label: "付款方式", width: 125 },
  { prop: "payable_number", label: "单号", minWidth: 185, render: linkToPayable },
  { prop: "shop", label: "门店", minWidth: 110 },
  { prop: "payable_kind", label: "单据", width: 80, render: ({ payable_kind }) => PAYABLES[payable_kind] },
];

const component = () => html`
  <${ListPage} url="/payments" columns=${COLUMNS} filters=${FILTERS} rowKey="number" sort="-created_at" exportKind="payments" detail=${({ number }) => `/payments/${number}`} emptyText="没有符合条件的付款" />`;

export default { title: "付款", component };
