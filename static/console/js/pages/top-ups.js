// 充值记录: top-ups of stored value, and refunds of their principal.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { choices, PAYMENT_KINDS, TOP_UP_STATES } from "../labels.js";
import { linkTo } from "../links.js";
import { findShops } from "../options.js";

const { ElMessageBox } = window.ElementPlus;

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "卡号、手机、充值单或支付单", private: true },
  { prop: "day", label: "日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(TOP_UP_STATES) },
  { prop: "kind", label: "付款方式", type: "select", options: choices(PAYMENT_KINDS) },
];
export const COLUMNS = [
  { prop: "number", label: "充值单", width: 250 },
  { prop: "requested_at", label: "下单时间", format: "time", width: 170, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: TOP_UP_STATES, width: 95 },
  { prop: "card_number", label: "会员卡号", phone: true, width: 180, render: ({ card_number }) => linkTo(`/stored-value/${card_number}`, card_number) },
  { prop: "principal_fen", label: "本金", phone: true, format: "money", sortable: true },
  { prop: "bonus_fen", label: "赠金", format: "money" },
  { prop: "refunded_fen", label: "已退本金", format: "money" },
  { prop: "kind", label: "付款方式", width: 125 },
  { prop: "payment", label: "支付单", width: 270, render: ({ payment }) => linkTo(`/payments/${payment}`, payment) },
  { prop: "shop", label: "门店", minWidth: 180 },
  { prop: "operator", label: "操作人", width: 120 },
  { prop: "paid_at", label: "付款时间", format: "time", width: 170 },
];
export const ROW_ACTIONS = [
  { label: "退款", right: "top_ups.refund", danger: true, show: ({ state, principal_fen, refunded_fen }) => state === "paid" && refunded_fen < principal_fen, run: refund },
];

async function refund({ number, principal_fen, refunded_fen }) {
  const left = principal_fen - refunded_fen;
  let done = null;
  const outcome = await openForm({
    title: "充值退款", value: { amount_fen: left }, note: "退本金，同时按比例扣回赠金；赠金已用掉的部分从退款中扣除。",
    fields: [
      { prop: "amount_fen", label: "退本金", type: "money", required: true, help: `最多 ${money(left)} 元，不超过账户里的本金` },
      { prop: "reason", label: "原因", required: true, max: 60 },
    ],
    submit: async (value) => (done = await post(`/top-ups/${number}/refunds`, value)),
  });
  if (outcome && done.cash_fen) await ElMessageBox.alert(`请当面退给顾客现金 ${money(done.cash_fen)} 元。`, "退款已登记", { confirmButtonText: "知道了", type: "warning" });
  return outcome;
}

const component = () => html`
  <${ListPage} url="/top-ups" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="number" sort="-requested_at" exportKind="top_ups" emptyText="没有符合条件的充值" />`;

export default { title: "充值记录", component };
