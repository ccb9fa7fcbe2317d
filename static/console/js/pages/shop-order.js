// One 商城订单: goods, recipient, payments, parcels, steps, and what staff may do now.

import { html } from "../../../m/js/html.js";
import { ApiError, del, post } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { plainTable } from "../blocks/plain-table.js";
import { confirm, succeed } from "../feedback.js";
import { money } from "../format.js";
import { PAYMENT_STATES, REFUND_STATES, SHOP_ORDER_STATES } from "../labels.js";
import { linkTo, linkToMember } from "../links.js";
import { can as allowed } from "../session.js";
import { describe, unitLines, unitTable } from "./order-refund.js";

const FACTS = [
  { prop: "state", label: "状态", format: "tag", tags: SHOP_ORDER_STATES },
  { prop: "kind_label", label: "消费方式" },
  { prop: "payment_label", label: "付款方式" },
  { prop: "shop", label: "门店" },
  { prop: "customer", label: "客户", render: ({ customer, phone }) => [customer, phone].filter(Boolean).join(" ") || "—" },
  { prop: "member", label: "会员卡号", render: ({ member }) => linkToMember(member) },
  { prop: "placed_at", label: "下单时间", format: "time" },
  { prop: "paid_at", label: "付款时间", format: "time" },
  { prop: "slot_starts_at", label: "约定时间", format: "time" },
  { prop: "recipient", label: "收货人", wide: true },
  { prop: "table", label: "桌号" },
  { prop: "list_fen", label: "原价金额", format: "money" },
  { prop: "discount_fen", label: "优惠金额", format: "money" },
  { prop: "freight_fen", label: "运费", format: "money" },
  { prop: "total_fen", label: "订单金额", format: "money" },
  { prop: "due_fen", label: "待付金额", format: "money" },
  { prop: "invoice", label: "开票抬头" },
  { prop: "invoice_number", label: "发票号码" },
  { prop: "remark", label: "备注", wide: true },
  { prop: "number", label: "交易单", render: ({ number }) => linkTo(`/orders/${number}`, "查看交易单") },
];
const LINES = [
  { prop: "picture", label: "图片", width: 64, render: ({ picture }) => (picture ? html`<img class="thumb" src=${picture} alt="" loading="lazy" />` : "") },
  { prop: "name", label: "商品", minWidth: 160 },
  { prop: "specification", label: "规格", width: 120 },
  { prop: "rack", label: "货位", width: 110 },
  { prop: "quantity", label: "数量", format: "number", width: 80 },
  { prop: "unit_fen", label: "单价", format: "money" },
  { prop: "discount_fen", label: "优惠", format: "money" },
  { prop: "goods_fen", label: "金额", format: "money" },
  { prop: "returned", label: "已退数量", format: "number", width: 90 },
];
const TENDERS = [{ prop: "name", label: "付款方式", width: 130 }, { prop: "sentence", label: "说明", minWidth: 160 }, { prop: "fen", label: "金额", format: "money" }];
const PAYMENTS = [
  { prop: "number", label: "支付单", width: 230, render: ({ number }) => linkTo(`/payments/${number}`, number) },
  { prop: "state", label: "状态", format: "tag", tags: PAYMENT_STATES, width: 100 },
  { prop: "paid_fen", label: "到账金额", format: "money" }, { prop: "refunded_fen", label: "已退金额", format: "money" },
];
const REFUNDS = [
  { prop: "number", label: "退款单", width: 250 }, { prop: "amount_fen", label: "金额", format: "money" },
  { prop: "state", label: "状态", format: "tag", tags: REFUND_STATES, width: 110 }, { prop: "reason", label: "原因", minWidth: 140 },
];
const DISCOUNTS = [{ prop: "sentence", label: "说明", minWidth: 200 }, { prop: "fen", label: "金额", format: "money" }];
const STEPS = [
  { prop: "at", label: "时间", format: "time", width: 170 }, { prop: "label", label: "操作", width: 110 }, { prop: "state", label: "之后的状态", width: 110 },
  { prop: "operator", label: "操作人", width: 120 }, { prop: "message", label: "说明", minWidth: 200 },
];
const PARCELS = [{ prop: "company", label: "快递公司", width: 160 }, { prop: "tracking_number", label: "单号", minWidth: 180 }, { prop: "at", label: "发货时间", format: "time", width: 170 }];

const UPLOADS = [
  { prop: "state", label: "状态", width: 90 }, { prop: "reminded_at", label: "微信提醒", format: "time", width: 170 }, { prop: "uploaded_at", label: "上传时间", format: "time", width: 170 },
  { prop: "expected_at", label: "预计结算", format: "time", width: 170 }, { prop: "settled_at", label: "结算时间", format: "time", width: 170 }, { prop: "error", label: "失败原因", minWidth: 160 },
];

const TABS = [
  { key: "lines", label: "商品", render: ({ lines, discounts }) => [plainTable(lines, LINES), discounts.length > 0 && html`<h3 class="part-head">优惠</h3>`, discounts.length > 0 && plainTable(discounts, DISCOUNTS, { label: "优惠" })] },
  {
    key: "payments", label: "付款与退款",
    render: ({ tenders, payments, refunds }) => [plainTable(tenders, TENDERS, { emptyText: "还没有付款" }), payments.length > 0 && plainTable(payments, PAYMENTS, { label: "支付单" }), refunds.length > 0 && plainTable(refunds, REFUNDS, { label: "退款" })],
  },
  { key: "parcels", label: "包裹", show: ({ kind }) => kind === "delivery", render: ({ parcels }) => plainTable(parcels, PARCELS, { emptyText: "还没有发货" }) },
  { key: "uploads", label: "微信发货信息", show: ({ shipping_uploads }) => shipping_uploads.length > 0, render: ({ shipping_uploads }) => plainTable(shipping_uploads, UPLOADS) },
  { key: "steps", label: "流转记录", render: ({ steps }) => plainTable(steps, STEPS) },
];

const can = (name) => ({ actions }) => actions.includes(name);
const send = (step) => ({ number }) => post(`/shop-orders/${number}/${step}`);
const askReason = (title, step, note) => ({ number }) => openForm({
  title, note, fields: [{ prop: "reason", label: "原因", required: true, max: 60, help: "顾客会看到" }], submit: async (value) => announce(await post(`/shop-orders/${number}/${step}`, value)), success: "",
});

/** Say whether a change was made, or waits for a colleague. */
function announce(order) {
  succeed(order.approval_id ? "已超过限额，提交审批后生效" : undefined);
}

const ACTIONS = [
  { label: "接单", right: "shop_orders.edit", show: can("accept"), run: send("acceptance") },
  { label: "拒单", right: "shop_orders.edit", danger: true, show: can("reject"), run: askReason("拒单", "rejection", "已付的款项会全部原路退回。") },
  { label: "备货完成", right: "shop_orders.edit", show: can("mark_ready"), run: send("ready") },
  { label: "发货", right: "shop_orders.edit", show: can("ship"), run: ship },
  { label: "交付", right: "shop_orders.edit", show: can("hand_over"), run: handOver },
  { label: "退款", right: "shop_orders.refund", danger: true, show: can("refund"), run: refund },
  { label: "改价", right: "shop_orders.lower_price", show: can("lower"), run: lowerPrice },
  { label: "改数量", right: "shop_orders.lower_price", show: can("change_quantities"), run: changeQuantities },
  { label: "取消订单", right: "shop_orders.refund", danger: true, show: ({ actions }) => actions.includes("close") || actions.includes("cancel"), run: askReason("取消订单", "cancellation", "已付的款项会全部原路退回。") },
  { label: "隐藏", right: "shop_orders.hide", more: true, show: can("hide"), confirm: "隐藏后只在“已隐藏”中或按单号查到，记录保留。", run: send("hiding") },
  { label: "取消隐藏", right: "shop_orders.hide", show: can("show"), run: ({ number }) => del(`/shop-orders/${number}/hiding`) },
  { label: "打印", run: () => (window.print(), false) },
];

function ship({ number }) {
  return openForm({
    title: "发货", note: "门店自己配送时两项都不填。",
    fields: [{ prop: "company", label: "快递公司", max: 60 }, { prop: "tracking_number", label: "快递单号", max: 40 }],
    submit: (value) => post(`/shop-orders/${number}/shipments`, { company: value.company ?? "", tracking_number: value.tracking_number ?? "" }),
  });
}

function handOver({ number, due_fen, kind }) {
  const isFetched = kind !== "delivery";
  if (!due_fen && !isFetched) return post(`/shop-orders/${number}/handover`, {});
  const needsCode = !allowed("shop_orders.no_code");
  return openForm({
    title: due_fen ? "交付并收款" : "交付", note: due_fen ? `货到付款，应收 ${money(due_fen)} 元。` : "",
    fields: [
      ...(isFetched ? [{ prop: "pickup_code", label: "取货码", required: needsCode, max: 6, empty: null, placeholder: "顾客出示的 6 位数字", help: needsCode ? "" : "不填则不核对" }] : []),
      ...(due_fen ? [{ prop: "received_fen", label: "实收现金", type: "money", required: true, value: due_fen }] : []),
    ],
    submit: (value) => post(`/shop-orders/${number}/handover`, value),
  });
}

/** Other quantities of an order that is not paid yet; the customer gets a message about the new price. */
function changeQuantities({ number, lines }) {
  const goods = lines.filter(({ line }) => /^[0-9]/.test(line)); // no freight and no gifts
  return openForm({
    title: "改数量", note: "价格和优惠按新的数量重新计算，顾客会收到通知。",
    fields: [
      ...goods.map(({ line, name, specification, quantity }) => ({ prop: `line_${line}`, label: [name, specification].filter(Boolean).join(" "), type: "number", required: true, min: 1, max: 10_000, value: quantity })),
      { prop: "reason", label: "原因", required: true, max: 60, help: "顾客会看到" },
    ],
    submit: ({ reason, ...units }) => {
      const quantities = Object.fromEntries(goods.filter(({ line, quantity }) => units[`line_${line}`] !== quantity).map(({ line }) => [line, units[`line_${line}`]]));
      if (!Object.keys(quantities).length) throw new ApiError("unchanged", "数量没有变化");
      return post(`/shop-orders/${number}/quantity-changes`, { quantities, reason });
    },
  });
}

/** What goes back is shown before; the answer differs if it changed meanwhile. */
function refund({ number, lines }) {
  const left = lines.filter(({ line, quantity, returned }) => line !== "F" && quantity > returned);
  return openForm({
    title: "退款", width: "680px", success: "", submitLabel: "试算并退款", note: "先填退货数量，确认应退金额后才退款。最后的商品退完时运费一起退。", value: { units: {} },
    fields: [
      { prop: "units", label: "退货数量", type: "custom", required: true, render: (units, set) => unitTable(left, units, set) },
      { prop: "reason", label: "原因", required: true, max: 60, help: "顾客会看到" },
    ],
    submit: async ({ units, reason }) => {
      const lines = unitLines(units);
      const price = await post(`/shop-orders/${number}/refund-previews`, { lines });
      if (!(await confirm(describe(price), `应退 ${money(price.refund_fen)} 元`))) throw new ApiError("cancelled", "还没有退款，请核对后再提交");
      announce(await post(`/shop-orders/${number}/refunds`, { lines, reason, expected_fen: price.refund_fen }));
    },
  });
}

function lowerPrice({ number, is_paid }) {
  return openForm({
    title: "改价", note: is_paid ? "已付款：差额按原路退回。" : "未付款：订单金额随之减少。",
    fields: [{ prop: "amount_fen", label: "减少金额", type: "money", required: true }, { prop: "reason", label: "原因", required: true, max: 60 }],
    submit: async (value) => announce(await post(`/shop-orders/${number}/price-reductions`, value)), success: "",
  });
}

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/shop-orders/${params.number}`} title=${({ number }) => `商城订单 ${number}`} facts=${FACTS} tabs=${TABS} actions=${ACTIONS} />`,
};

export default { title: ({ number }) => `商城订单 ${number}`, component };
