// One 交易单: its parts in tabs, and the refund.

import { html } from "../../../m/js/html.js";
import { post, put } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { plainTable } from "../blocks/plain-table.js";
import { money } from "../format.js";
import { DIRECTIONS, ORDER_KINDS, ORDER_STATES, PAYMENT_STATES, REFUND_METHODS, REFUND_STATES, RETURNED, SOURCES } from "../labels.js";
import { linkTo, linkToMember } from "../links.js";
import { refund } from "./order-refund.js";

const listDiscounts = (discounts) => discounts.map(({ sentence, fen }) => `${sentence} ${money(fen)}`).join("；") || "—";

const FACTS = [
  { prop: "direction", label: "方向", format: "tag", tags: DIRECTIONS },
  { prop: "state", label: "状态", format: "tag", tags: ORDER_STATES },
  { prop: "returned", label: "退款", format: "tag", tags: RETURNED },
  { prop: "kind", label: "类型", render: ({ kind }) => ORDER_KINDS[kind] },
  { prop: "source", label: "来源渠道", render: ({ source }) => SOURCES[source] ?? source },
  { prop: "source_number", label: "来源单号" },
  { prop: "original", label: "原交易单", render: ({ original }) => linkTo(`/orders/${original}`, original) },
  { prop: "shop", label: "门店", render: ({ shop, shop_code }) => `${shop_code} ${shop}` },
  { prop: "cashier", label: "营业员" },
  { prop: "member", label: "会员卡号", render: ({ member }) => linkToMember(member) },
  { prop: "placed_at", label: "交易时间", format: "time" },
  { prop: "paid_at", label: "付款时间", format: "time" },
  { prop: "list_fen", label: "原价金额", format: "money" },
  { prop: "discount_fen", label: "优惠金额", format: "money" },
  { prop: "total_fen", label: "应收金额", format: "money" },
  { prop: "due_fen", label: "待付金额", format: "money" },
  { prop: "spend_fen", label: "实收金额", format: "money" },
  { prop: "close_reason", label: "关闭原因" },
  { prop: "remark", label: "备注", wide: true },
];
const LINES = [
  { prop: "product", label: "商品编码", width: 130 },
  { prop: "name", label: "商品标题", minWidth: 160, render: ({ name, is_gift }) => (is_gift ? `${name}（赠品）` : name) },
  { prop: "quantity", label: "数量", format: "number", width: 80 },
  { prop: "unit_fen", label: "单价", format: "money" },
  { prop: "list_fen", label: "原价金额", format: "money" },
  { prop: "discount_fen", label: "优惠金额", format: "money" },
  { prop: "discounts", label: "优惠明细", minWidth: 180, render: ({ discounts }) => listDiscounts(discounts) },
  { prop: "goods_fen", label: "应收金额", format: "money" },
  { prop: "returned", label: "已退数量", format: "number", width: 90 },
];
const TENDERS = [
  { prop: "code", label: "付款方式编码", width: 140 },
  { prop: "name", label: "付款方式", width: 130 },
  { prop: "sentence", label: "说明", minWidth: 160 },
  { prop: "payment", label: "支付单", width: 230, render: ({ payment }) => linkTo(`/payments/${payment}`, payment) },
  { prop: "fen", label: "金额", format: "money" },
];
const PAYMENTS = [
  { prop: "number", label: "支付单", width: 230, render: ({ number }) => linkTo(`/payments/${number}`, number) },
  { prop: "name", label: "付款方式", width: 130 },
  { prop: "state", label: "状态", format: "tag", tags: PAYMENT_STATES, width: 100 },
  { prop: "amount_fen", label: "支付金额", format: "money" },
  { prop: "paid_fen", label: "到账金额", format: "money" },
  { prop: "refunded_fen", label: "已退金额", format: "money" },
  { prop: "created_at", label: "时间", format: "time", width: 170 },
];
const DISCOUNTS = [
  { prop: "reference", label: "折扣编码", width: 180 },
  { prop: "sentence", label: "说明", minWidth: 200 },
  { prop: "fen", label: "折扣金额", format: "money" },
];
const POINTS = [
  { prop: "at", label: "时间", format: "time", width: 170 },
  { prop: "group", label: "积分组" },
  { prop: "label", label: "操作类型", width: 110 },
  { prop: "value", label: "变动值", format: "number" },
  { prop: "expires_at", label: "失效时间", format: "time", width: 170 },
  { prop: "reason", label: "说明", minWidth: 160 },
];
const RETURNS = [
  { prop: "number", label: "退货单", width: 190, render: ({ number }) => linkTo(`/orders/${number}`, number) },
  { prop: "placed_at", label: "时间", format: "time", width: 170 },
  { prop: "total_fen", label: "退货金额", format: "money" },
  { prop: "deducted_fen", label: "扣除", format: "money" },
  { prop: "money_fen", label: "退回的钱", format: "money" },
  { prop: "reason", label: "原因", minWidth: 160 },
];
const REFUNDS = [
  { prop: "number", label: "退款单", width: 250 },
  { prop: "name", label: "付款方式", width: 130 },
  { prop: "method", label: "退款方式", width: 110, render: ({ method }) => REFUND_METHODS[method] },
  { prop: "amount_fen", label: "金额", format: "money" },
  { prop: "state", label: "状态", format: "tag", tags: REFUND_STATES, width: 110 },
  { prop: "reason", label: "原因", minWidth: 140 },
  { prop: "asked_at", label: "申请时间", format: "time", width: 170 },
  { prop: "done_at", label: "完成时间", format: "time", width: 170 },
];
const EVENTS = [{ prop: "at", label: "时间", format: "time", width: 170 }, { prop: "text", label: "发生了什么", minWidth: 240 }];
const DEDUCTIONS = [{ prop: "sentence", label: "扣除", minWidth: 200 }, { prop: "fen", label: "金额", format: "money" }];

const TABS = [
  { key: "lines", label: "明细", render: ({ lines }) => plainTable(lines, LINES) },
  {
    key: "payments", label: "付款",
    render: ({ tenders, payments, refunds }) => [
      plainTable(tenders, TENDERS, { emptyText: "没有付款" }),
      payments.length > 0 && html`<h3 class="part-head">支付单</h3>`, payments.length > 0 && plainTable(payments, PAYMENTS, { label: "支付单" }),
      refunds.length > 0 && html`<h3 class="part-head">退款</h3>`, refunds.length > 0 && plainTable(refunds, REFUNDS, { label: "退款" }),
    ],
  },
  {
    key: "discounts", label: "折扣",
    render: ({ discounts, deductions }) => [plainTable(discounts, DISCOUNTS, { emptyText: "没有折扣" }), deductions.length > 0 && plainTable(deductions, DEDUCTIONS)],
  },
  { key: "points", label: "积分记录", render: ({ points }) => plainTable(points, POINTS, { emptyText: "没有积分变动" }) },
  { key: "returns", label: "退货", show: ({ direction }) => direction === "sale", render: ({ returns }) => plainTable(returns, RETURNS, { emptyText: "没有退货" }) },
  { key: "events", label: "操作记录", render: ({ events }) => plainTable(events, EVENTS) },
];
const isPaid = ({ direction, state }) => direction === "sale" && ["paid", "completed"].includes(state);
const ACTIONS = [
  { label: "补挂会员", right: "orders.edit", show: ({ direction, state, member }) => direction === "sale" && state !== "closed" && !member, run: attachMember },
  { label: "关闭", right: "orders.edit", danger: true, show: ({ direction, state }) => direction === "sale" && state === "placed", run: close },
  { label: "退款", right: "orders.refund", danger: true, show: isPaid, run: refund },
  { label: "打印", run: () => (window.print(), false) },
];

function attachMember({ number }) {
  return openForm({
    title: "补挂会员", note: "近期已付款的交易单会为该会员计算积分。",
    fields: [{ prop: "member", label: "会员", required: true, max: 40, placeholder: "卡号或手机" }],
    submit: (value) => put(`/orders/${number}/member`, value),
  });
}

function close({ number }) {
  return openForm({
    title: "关闭交易单", note: "占用的优惠券、积分和储值会退回。", fields: [{ prop: "reason", label: "原因", required: true, max: 200 }],
    submit: (value) => post(`/orders/${number}/closing`, value),
  });
}

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/orders/${params.number}`} title=${({ number }) => `交易单 ${number}`} facts=${FACTS} tabs=${TABS} actions=${ACTIONS} />`,
};

export default { title: ({ number }) => `交易单 ${number}`, component };
