// One 付款: its refunds, the notices of the platform, and the other tries to pay the same.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { plainTable } from "../blocks/plain-table.js";
import { money } from "../format.js";
import { PAYABLES, PAYMENT_STATES, REFUND_METHODS, REFUND_STATES } from "../labels.js";
import { linkTo, linkToPayable } from "../links.js";

const FACTS = [
  { prop: "state", label: "状态", format: "tag", tags: PAYMENT_STATES },
  { prop: "name", label: "付款方式" },
  { prop: "payable_kind", label: "单据", render: ({ payable_kind }) => PAYABLES[payable_kind] },
  { prop: "payable_number", label: "单号", render: linkToPayable },
  { prop: "amount_fen", label: "支付金额", format: "money" },
  { prop: "paid_fen", label: "到账金额", format: "money" },
  { prop: "refunded_fen", label: "已退金额", format: "money" },
  { prop: "refundable_fen", label: "可退金额", format: "money" },
  { prop: "surplus_fen", label: "多收金额", format: "money" },
  { prop: "received_fen", label: "收到现金", format: "money" },
  { prop: "change_fen", label: "找零", format: "money" },
  { prop: "shop", label: "门店" },
  { prop: "terminal", label: "收银台" },
  { prop: "cashier", label: "收银员" },
  { prop: "merchant", label: "商户" },
  { prop: "tail", label: "卡号后四位" },
  { prop: "created_at", label: "发起时间", format: "time" },
  { prop: "paid_at", label: "到账时间", format: "time" },
  { prop: "platform_number", label: "平台单号", wide: true },
  { prop: "message", label: "说明", wide: true },
];
const REFUNDS = [
  { prop: "number", label: "退款单", width: 250 },
  { prop: "method", label: "退款方式", width: 110, render: ({ method }) => REFUND_METHODS[method] },
  { prop: "amount_fen", label: "金额", format: "money" },
  { prop: "state", label: "状态", format: "tag", tags: REFUND_STATES, width: 110 },
  { prop: "reason", label: "原因", minWidth: 140 },
  { prop: "asked_at", label: "申请时间", format: "time", width: 170 },
  { prop: "done_at", label: "完成时间", format: "time", width: 170 },
];
const NOTICES = [
  { prop: "received_at", label: "收到时间", format: "time", width: 170 },
  { prop: "number", label: "关于", width: 250 },
  { prop: "result", label: "处理结果", minWidth: 160, render: ({ result }) => result || "未处理" },
  { prop: "times", label: "收到次数", format: "number", width: 90 },
];
const ATTEMPTS = [
  { prop: "number", label: "支付单", width: 250, render: ({ number }) => linkTo(`/payments/${number}`, number) },
  { prop: "name", label: "付款方式", width: 130 },
  { prop: "state", label: "状态", format: "tag", tags: PAYMENT_STATES, width: 100 },
  { prop: "amount_fen", label: "支付金额", format: "money" },
  { prop: "created_at", label: "时间", format: "time", width: 170 },
];
const TABS = [
  { key: "refunds", label: "退款", render: ({ refunds }) => plainTable(refunds, REFUNDS, { emptyText: "没有退款" }) },
  { key: "notices", label: "平台通知", render: ({ notices }) => plainTable(notices, NOTICES, { emptyText: "没有收到通知" }) },
  { key: "attempts", label: "同单其他支付", render: ({ attempts }) => plainTable(attempts, ATTEMPTS, { emptyText: "没有其他支付" }) },
];
const ACTIONS = [
  { label: "重新查询", right: "payments.query", primary: true, show: ({ can_query }) => can_query, run: query },
  { label: "退款", right: "refunds.edit", danger: true, show: ({ can_ask_refund, refundable_fen }) => can_ask_refund && refundable_fen > 0, run: refund },
];

async function query({ number, state }) {
  const found = await post(`/payments/${number}/queries`);
  return found.state === state ? `平台没有新的结果：${PAYMENT_STATES[state][0]}` : `最新结果：${PAYMENT_STATES[found.state][0]}`;
}

/** Money back without goods: a return belongs to the order. */
function refund({ number, refundable_fen }) {
  return openForm({
    title: "退款", note: "只退钱，不退货，原路退回。退货请在交易单上办理。", value: { amount_fen: refundable_fen },
    fields: [
      { prop: "amount_fen", label: "金额", type: "money", required: true, help: `最多 ${money(refundable_fen)} 元` },
      { prop: "reason", label: "原因", required: true, max: 80 },
    ],
    submit: (value) => post("/refunds", { payment: number, ...value }),
  });
}

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/payments/${params.number}`} title=${({ number }) => `付款 ${number}`} facts=${FACTS} tabs=${TABS} actions=${ACTIONS} />`,
};

export default { title: ({ number }) => `付款 ${number}`, component };
