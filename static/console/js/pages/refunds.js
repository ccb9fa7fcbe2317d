// 退款: all refunds of payments; those that the platform cannot do wait for a person.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { choices, REFUND_METHODS, REFUND_STATES } from "../labels.js";
import { linkTo, linkToPayable } from "../links.js";
import { findShops } from "../options.js";

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "退款、支付、订单或平台单号" },
  { prop: "state", label: "状态", type: "select", options: choices(REFUND_STATES) },
  { prop: "day", label: "申请日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "method", label: "退款方式", type: "select", options: choices(REFUND_METHODS) },
];

const COLUMNS = [
  { prop: "number", label: "退款单", width: 240 },
  { prop: "asked_at", label: "申请时间", format: "time", width: 170, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: REFUND_STATES, width: 110 },
  { prop: "amount_fen", label: "金额", phone: true, format: "money", width: 105, sortable: true },
  { prop: "reason", label: "原因", minWidth: 140 },
  { prop: "payable_number", label: "单号", phone: true, width: 190, render: linkToPayable },
  { prop: "payment", label: "支付单", width: 260, render: ({ payment }) => linkTo(`/payments/${payment}`, payment) },
  { prop: "shop", label: "门店", minWidth: 180 },
  { prop: "name", label: "付款方式", width: 125 },
  { prop: "method", label: "退款方式", width: 100, render: ({ method }) => REFUND_METHODS[method] },
  { prop: "message", label: "平台说明", minWidth: 160 },
  { prop: "done_at", label: "完成时间", format: "time", width: 170 },
];
const RESOLUTIONS = [
  ["retry", "重新发送：问题已解决，请平台再退一次"],
  ["succeeded", "顾客已收到钱：已用其他办法退给顾客"],
  ["failed", "不再退：钱留在这笔付款上，可另行退款"],
];
const isOnItsWay = ({ state, method }) => method === "original" && ["asked", "sent"].includes(state);

const ROW_ACTIONS = [
  { label: "处理", right: "refunds.edit", show: ({ state }) => state === "abnormal", run: resolve },
  { label: "查询", right: "refunds.edit", show: isOnItsWay, run: query },
];

function resolve({ number, amount_fen, message }) {
  return openForm({
    title: `处理退款 ${money(amount_fen)} 元`, note: message ? `平台说明：${message}` : "平台没有退成，请决定怎么办。",
    fields: [
      { prop: "resolution", label: "怎么处理", type: "select", required: true, options: RESOLUTIONS },
      { prop: "reason", label: "原因", required: true, max: 80, help: "记入操作日志" },
    ],
    submit: (value) => post(`/refunds/${number}/resolution`, value),
  });
}

async function query({ number, state }) {
  const found = await post(`/refunds/${number}/queries`);
  return found.state === state ? `平台没有新的结果：${REFUND_STATES[state][0]}` : `最新结果：${REFUND_STATES[found.state][0]}`;
}

const component = () => html`
  <${ListPage} url="/refunds" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="number" sort="-asked_at" exportKind="refunds" emptyText="没有符合条件的退款" />`;

export default { title: "退款", component };
