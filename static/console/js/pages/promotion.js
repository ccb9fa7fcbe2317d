// One promotion: the sentence that explains it, its content, effect, approval and history.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { Approval } from "../blocks/approval.js";
import { DetailPage } from "../blocks/detail-page.js";
import { plainTable } from "../blocks/plain-table.js";
import { PROMOTION_ACTIONS } from "../promotions/actions.js";
import { Effect } from "../promotions/effect.js";
import { STAGES } from "../promotions/labels.js";

const FACTS = [
  { label: "状态", prop: "stage", format: "tag", tags: STAGES }, { label: "类型", prop: "kind_label" }, { label: "编号", prop: "number" },
  { label: "订单数", prop: "orders", format: "number" }, { label: "优惠金额", prop: "off_fen", format: "money" }, { label: "优先级", prop: "priority", format: "number" },
  { label: "创建人", prop: "created_by" }, { label: "审批人", prop: "approver" }, { label: "复制自", prop: "copied_from" },
  { label: "说明", wide: true, render: ({ sentence }) => html`<span data-testid="sentence">${sentence}</span>` },
];
const TEXT_COLUMNS = [{ prop: "label", label: "项目", width: 130 }, { prop: "text", label: "内容", minWidth: 220, render: ({ text }) => html`<span class="lines">${text}</span>` }];
const HISTORY_COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 175 }, { prop: "action", label: "操作", width: 140 }, { prop: "by", label: "操作人", width: 120 }, { prop: "note", label: "说明", minWidth: 150 },
];
const decide = ({ id, fingerprint }, { approved, opinion }) => post(`/approvals/${id}/decision`, { approved, opinion, version: fingerprint });

const TABS = [
  { key: "content", label: "内容", render: ({ texts }) => plainTable(texts, TEXT_COLUMNS, { label: "内容" }) },
  { key: "effect", label: "效果", show: ({ state }) => ["approved", "paused", "ended"].includes(state), render: ({ id }) => html`<${Effect} id=${id} />` },
  { key: "approval", label: "审批", show: ({ approval }) => Boolean(approval), render: ({ approval }, reload) => html`
    <${Approval} task=${approval} decide=${(decision) => decide(approval, decision)} withdraw=${() => post(`/approvals/${approval.id}/withdrawal`)} onChanged=${reload} />` },
  { key: "history", label: "操作记录", render: ({ history }) => plainTable(history, HISTORY_COLUMNS, { label: "操作记录" }) },
];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/promotions/${params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${PROMOTION_ACTIONS} tabs=${TABS} />`,
};

export default { title: "促销", component };
