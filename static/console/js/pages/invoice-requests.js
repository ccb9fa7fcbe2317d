// 开票申请: orders whose customers want an invoice, which staff issue outside and record here.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { linkTo } from "../links.js";
import { findShops } from "../options.js";
import { can } from "../session.js";

const STATES = { wanted: ["待开票", "warning"], issued: ["已开票", "success"], closed: ["不能开票", "info"] };
const KINDS = { personal: "个人", company: "企业" };
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "单号、卡号或手机", private: true },
  { prop: "state", label: "状态", type: "select", options: [["wanted", "待开票"], ["issued", "已开票"]] },
  { prop: "day", label: "下单日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
];
const COLUMNS = [
  { prop: "number", label: "单号", phone: true, width: 190, render: ({ number }) => (can("shop_orders.read") ? linkTo(`/shop-orders/${number}`, number) : number) },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "amount_fen", label: "开票金额", phone: true, format: "money", width: 110 },
  { prop: "title", label: "发票抬头", phone: true, minWidth: 180 },
  { prop: "kind", label: "抬头类型", width: 90, render: ({ kind }) => KINDS[kind] },
  { prop: "tax_number", label: "税号", width: 190 },
  { prop: "email", label: "接收邮箱", minWidth: 170 },
  { prop: "shop", label: "门店", minWidth: 130 },
  { prop: "paid_at", label: "付款时间", format: "time", width: 160 },
  { prop: "returned_fen", label: "已退金额", format: "money", width: 100 },
  { prop: "invoice_number", label: "发票号码", width: 180 },
  { prop: "invoiced_at", label: "开票时间", format: "time", width: 160 },
];
const ROW_ACTIONS = [
  { label: "登记发票", right: "invoice_requests.edit", show: ({ state }) => state === "wanted", run: issue },
  { label: "更正号码", right: "invoice_requests.edit", show: ({ state }) => state === "issued", run: issue },
];

function issue({ number, title, amount_fen, invoice_number }) {
  return openForm({
    title: "登记发票", note: `${title}，开票金额 ${money(amount_fen)} 元。请先在开票系统开出发票，再登记号码。`,
    fields: [{ prop: "invoice_number", label: "发票号码", required: true, max: 40, value: invoice_number, help: "顾客会看到" }],
    submit: (value) => post(`/invoice-requests/${number}/issues`, value),
  });
}

const component = () => html`
  <${ListPage} url="/invoice-requests" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="number" exportKind="invoice_requests" exportRight="invoice_requests.personal_data" emptyText="没有开票申请" />`;

export default { title: "开票申请", component };
