// One coupon rule: 基础信息, 数据分析, 优惠券列表, 发放批次, 增发记录, 审核记录.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { Approval } from "../blocks/approval.js";
import { DetailPage, Facts } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";
import { number, time } from "../format.js";
import { Figures } from "../coupons/figures.js";
import { AFTER_APPROVAL, APPROVAL_STATES, KINDS, RULE_STATES, STEPS } from "../coupons/labels.js";
import { PhonePreview } from "../coupons/phone-preview.js";
import { RULE_ACTIONS } from "../coupons/rule-actions.js";
import { SimpleTable } from "../coupons/simple-table.js";
import { COUPON_COLUMNS } from "./coupons.js";

const FACTS = [
  { label: "规则编号", prop: "number" },
  { label: "类型", render: ({ kind }) => KINDS[kind] },
  { label: "优惠内容", prop: "headline" },
  { label: "审批状态", prop: "approval_state", format: "tag", tags: APPROVAL_STATES },
  { label: "规则状态", prop: "state", format: "tag", tags: RULE_STATES },
  { label: "紧急暂停", prop: "is_stopped", format: "yesNo" },
  { label: "有效期", prop: "validity" },
  { label: "已发放", prop: "issued", format: "number" },
  { label: "剩余", render: ({ remaining }) => (remaining === null ? "不限" : number(remaining)) },
  { label: "成本中心", prop: "cost_centre_name" },
  { label: "复制自", prop: "copied_from" },
  { label: "创建时间", prop: "created_at", format: "time" },
];
const STEP_COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 180 },
  { prop: "by", label: "操作人", width: 140 },
  { prop: "state", label: "状态", width: 110, render: ({ state }) => STEPS[state] ?? state },
  { prop: "note", label: "意见", minWidth: 200 },
];
const INCREASE_COLUMNS = [
  { prop: "at", label: "时间", format: "time", width: 180 },
  { prop: "by", label: "操作人", width: 140 },
  { prop: "quantity", label: "张数", format: "number", width: 110 },
  { prop: "cost_fen", label: "成本费用", format: "money", width: 120 },
  { prop: "reason", label: "理由", minWidth: 180 },
];
const BATCH_COLUMNS = [
  { prop: "created_at", label: "时间", format: "time", width: 180 },
  { prop: "total", label: "人数", format: "number" },
  { prop: "issued", label: "已发放", format: "number" },
  { prop: "skipped", label: "跳过", format: "number" },
  { prop: "finished_at", label: "发完时间", width: 180, render: ({ finished_at }) => (finished_at ? time(finished_at) : "发放中") },
];

// The rule is known here.
const OWN_COLUMNS = COUPON_COLUMNS.filter(({ prop }) => !["rule_number", "rule_name", "kind", "headline"].includes(prop));

const TABS = [
  { key: "basic", label: "基础信息", render: (data) => html`
    <div class="with-phone"><${Facts} facts=${data.texts.map(({ label, text }) => ({ label, wide: text.length > 24, render: () => text || "—" }))} data=${data} /><${PhonePreview} shown=${data.preview} /></div>` },
  { key: "figures", label: "数据分析", show: ({ approval_state }) => approval_state === "approved", render: ({ id }) => html`<${Figures} ruleId=${id} />` },
  { key: "coupons", label: "优惠券列表", right: "coupons.read", show: ({ approval_state }) => approval_state === "approved", render: ({ id }) => html`
    <${ListPage} url="/coupons" params=${{ rule: id }} columns=${OWN_COLUMNS} rowKey="code" sort="-received_at" detail=${({ code }) => `/coupons/${code}`} embedded=${true} emptyText="还没有发出优惠券" />` },
  { key: "batches", label: "发放批次", show: ({ approval_state }) => approval_state === "approved", render: ({ id }) => html`
    <${ListPage} url=${`/coupon-rules/${id}/batches`} columns=${BATCH_COLUMNS} rowKey="number" embedded=${true} emptyText="没有按名单发过券" />` },
  { key: "increases", label: "增发记录", render: ({ increases }) => html`<${SimpleTable} rows=${increases} columns=${INCREASE_COLUMNS} label="增发记录" emptyText="没有增发" />` },
  { key: "approval", label: "审核记录", render: (data, reload) => html`
    <div>
      ${data.approval && html`<${Approval} task=${data.approval} next=${AFTER_APPROVAL} decide=${(decision) => decide(data.approval, decision)} withdraw=${() => post(`/coupon-rules/${data.id}/withdrawal`)} onChanged=${reload} />`}
      <${SimpleTable} rows=${data.steps} columns=${STEP_COLUMNS} label="每一步" />
    </div>` },
];

const decide = ({ id, fingerprint }, { approved, opinion }) => post(`/approvals/${id}/decision`, { approved, opinion, version: fingerprint });

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`
    <${DetailPage} url=${`/coupon-rules/${params.id}`} title=${({ name }) => name} facts=${FACTS} actions=${RULE_ACTIONS} tabs=${TABS} />`,
};

export default { title: "优惠券规则", component };
