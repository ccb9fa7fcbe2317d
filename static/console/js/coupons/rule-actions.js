// What can be done with a coupon rule, in the list and on its page: which steps its state allows.

import { del, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { openImport } from "../blocks/import-dialog.js";
import { router } from "../router.js";
import { session } from "../session.js";
import { succeed } from "../feedback.js";
import { editRule, submitRule } from "./rule-form.js";

const isMine = ({ submitted_by }) => submitted_by === session.me?.login;
const at = (...steps) => ({ step }) => steps.includes(step);
const url = ({ id }, step) => `/coupon-rules/${id}/${step}`;

const REASON = { prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 };

const stop = (rule) => openForm({
  title: `紧急暂停 ${rule.name}`, submitLabel: "暂停", note: "立即停止领取和发放，已发出的券暂停使用，直到恢复。", fields: [REASON],
  submit: (value) => post(url(rule, "stop"), value),
});

const addStock = (rule) => openForm({
  title: `增发 ${rule.name}`, submitLabel: "增发",
  fields: [
    { prop: "quantity", label: "增发张数", type: "number", required: true, min: 1, max: 100_000_000 },
    { prop: "cost_fen", label: "成本费用", type: "money", value: 0 },
    REASON,
  ],
  submit: (value) => post(url(rule, "stock-increases"), { ...value, cost_fen: value.cost_fen ?? 0 }),
});

async function issue(rule) {
  let given = null;
  const outcome = await openForm({
    title: `发券 ${rule.name}`, submitLabel: "发放一张", success: "",
    fields: [{ prop: "member", label: "会员", required: true, max: 60, placeholder: "手机号或卡号" }],
    submit: async (value) => (given = await post(url(rule, "coupons"), value)),
  });
  if (outcome) succeed(`已发给${given.name ? ` ${given.name}` : ""}（卡号 ${given.card_number}），券码 ${given.code}`);
  return outcome;
}

const issueToFile = (rule) => openImport({
  title: `按名单发券 ${rule.name}`, url: url(rule, "batches"), columns: ["卡号"], note: "每行一个会员卡号，每人一张。名单有错时一张也不发。",
});

async function copy(rule) {
  const made = await post(url(rule, "copies"));
  router.push(`/coupon-rules/${made.id}`);
  return `已复制为 ${made.number}`;
}

/** On the page of a rule the person leaves it before it is gone. */
async function remove(rule) {
  await del(`/coupon-rules/${rule.id}`);
  if (router.currentRoute.value.path !== "/coupon-rules") router.replace("/coupon-rules");
  return router.currentRoute.value.path === "/coupon-rules" ? "已删除" : false;
}

export const RULE_ACTIONS = [
  { label: "编辑", right: "coupon_rules.edit", show: at("draft", "rejected"), run: editRule },
  { label: "提交", right: "coupon_rules.edit", show: at("draft"), primary: true, run: (rule) => submitRule(rule) },
  { label: "审批", right: "coupon_rules.approve", show: (rule) => rule.step === "pending" && rule.approver === session.me?.login, primary: true,
    run: ({ id }) => (router.push(`/coupon-rules/${id}?tab=approval`), false) },
  { label: "撤回", right: "coupon_rules.edit", show: (rule) => rule.step === "pending" && isMine(rule), confirm: ({ name }) => `撤回“${name}”的审批？撤回后可以修改再提交。`, run: (rule) => post(url(rule, "withdrawal")) },
  { label: "上架", right: "coupon_rules.publish", show: at("approved", "delisted"), primary: true, confirm: ({ name }) => `上架“${name}”？上架后即可领取和发放。`, run: (rule) => post(url(rule, "publication")) },
  { label: "下架", right: "coupon_rules.publish", show: at("listed"), confirm: ({ name }) => `下架“${name}”？不再发放，已发出的券仍可使用。`, run: (rule) => del(url(rule, "publication")) },
  { label: "发券", right: "coupon_rules.issue", show: (rule) => rule.step === "listed" && rule.by_campaign && !rule.is_stopped, run: issue },
  { label: "按名单发券", right: "coupon_rules.issue", show: (rule) => rule.step === "listed" && rule.by_campaign && !rule.is_stopped, run: issueToFile },
  { label: "增发", right: "coupon_rules.add_stock", show: (rule) => ["approved", "listed", "delisted"].includes(rule.step) && rule.stock !== null, run: addStock },
  { label: "恢复", right: "coupon_rules.stop", show: ({ is_stopped }) => is_stopped, confirm: ({ name }) => `恢复“${name}”的发放和使用？`, run: (rule) => del(url(rule, "stop")) },
  { label: "紧急暂停", right: "coupon_rules.stop", danger: true, show: (rule) => !rule.is_stopped && ["listed", "delisted", "ended"].includes(rule.step), run: stop },
  { label: "复制", right: "coupon_rules.create", run: copy },
  { label: "结束", right: "coupon_rules.publish", danger: true, show: at("approved", "delisted"), confirm: ({ name }) => `结束“${name}”后不能再上架，确定？`, run: (rule) => post(url(rule, "end")) },
  { label: "删除", right: "coupon_rules.delete", danger: true, show: at("draft", "rejected"), confirm: ({ name }) => `确定删除“${name}”？`, run: remove },
];
