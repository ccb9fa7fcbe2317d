// 储值退款申请: what members ask back of their stored value, and the answer.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { choices } from "../labels.js";
import { linkTo } from "../links.js";

const STATES = { open: ["待处理", "warning"], granted: ["已同意", "success"], rejected: ["未同意", "info"] };
const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、手机或申请单号", private: true },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const COLUMNS = [
  { prop: "number", label: "申请单", width: 250 },
  { prop: "requested_at", label: "申请时间", format: "time", width: 170, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "card_number", label: "会员卡号", phone: true, width: 180, render: ({ card_number }) => linkTo(`/stored-value/${card_number}`, card_number) },
  { prop: "shop", label: "归属门店", minWidth: 180 },
  { prop: "principal_fen", label: "本金", phone: true, format: "money", sortable: true },
  { prop: "bonus_fen", label: "赠金", format: "money" },
  { prop: "answer", label: "答复", minWidth: 150, render: ({ answer, at_once }) => (at_once ? "自动同意" : answer || "—") },
  { prop: "operator", label: "处理人", width: 120 },
  { prop: "answered_at", label: "处理时间", format: "time", width: 170 },
];
const isOpen = ({ state }) => state === "open";
const ROW_ACTIONS = [
  { label: "同意", right: "refund_requests.approve", show: isOpen, confirm: (row) => `同意后退还账户里的全部本金（申请时 ${money(row.principal_fen)} 元），原路退回，赠金作废。确定同意？`, run: ({ number }) => post(`/refund-requests/${number}/grants`) },
  { label: "不同意", right: "refund_requests.approve", danger: true, show: isOpen, run: reject },
];

function reject({ number }) {
  return openForm({
    title: "不同意退款", fields: [{ prop: "reason", label: "原因", type: "textarea", required: true, max: 200, help: "会员会看到" }],
    submit: (value) => post(`/refund-requests/${number}/rejections`, value),
  });
}

const component = () => html`
  <${ListPage} url="/refund-requests" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="number" sort="-requested_at" emptyText="没有储值退款申请" />`;

export default { title: "储值退款申请", component };
