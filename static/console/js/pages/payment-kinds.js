// 付款方式: which of them earn points.

import { html } from "../../../m/js/html.js";
import { patch } from "../api.js";
import { ListPage } from "../blocks/list-page.js";

const COLUMNS = [
  { prop: "code", label: "编码", minWidth: 160 },
  { prop: "name", label: "名称", phone: true, minWidth: 150 },
  { prop: "report", label: "报表", minWidth: 130 },
  { prop: "received", label: "实收", format: "yesNo", width: 90 },
  { prop: "earns", label: "计算积分", phone: true, format: "tag", tags: { true: ["是", "success"], false: ["否", "info"] }, width: 100 },
  { prop: "source", label: "来源", width: 100, render: ({ source }) => (source === "system" ? "系统" : source) },
];
const FILTERS = [{ prop: "search", label: "付款方式", placeholder: "编码或名称" }];
const set = (earns) => ({ code }) => patch(`/payment-kinds/${code}`, { earns });
const ROW_ACTIONS = [
  { label: "改为计算积分", right: "payment_kinds.edit", show: ({ earns, category }) => !earns && category !== "refund", confirm: ({ name }) => `以后用${name}支付的部分计算积分，确定？`, run: set(true) },
  { label: "改为不计算积分", right: "payment_kinds.edit", show: ({ earns }) => earns, confirm: ({ name }) => `以后用${name}支付的部分不计算积分，确定？`, run: set(false) },
];

const component = () => html`<${ListPage} url="/payment-kinds" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="code" />`;

export default { title: "付款方式", component };
