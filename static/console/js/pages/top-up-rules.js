// 充值规则: which bonus a top-up brings. A rule is not changed: it ends, and another one is added.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { parseMoney } from "../format.js";

const STATES = { planned: ["未开始", "info"], active: ["生效中", "success"], ended: ["已结束", "info"] };
const COLUMNS = [
  { prop: "code", label: "编码", width: 130 },
  { prop: "name", label: "名称", width: 160 },
  { prop: "description", label: "规则", minWidth: 260 },
  { prop: "starts_at", label: "开始", format: "time", width: 175 },
  { prop: "ends_at", label: "结束", format: "time", width: 175 },
  { prop: "state", label: "状态", format: "tag", tags: STATES, width: 90 },
];
const STEP = /^(\S+?)[:：](\S+)$/;
const FIELDS = [
  { prop: "code", label: "编码", required: true, max: 30 },
  { prop: "name", label: "名称", required: true, max: 30 },
  { prop: "steps", label: "档位", type: "textarea", rows: 4, required: true, help: "每行一档，写成 充值金额:赠送金额，如 100:10。按金额从低到高，达到最高的一档算。", rules: [(text) => (readSteps(text) ? "" : "每行应为 充值金额:赠送金额，如 100:10")] },
  { prop: "single_use", label: "每人一次", type: "switch" },
  { prop: "since", label: "开始日期", type: "date", help: "不填则立即开始" },
  { prop: "until", label: "结束日期", type: "date", help: "不填则一直有效" },
];
const ROW_ACTIONS = [
  { label: "结束", right: "top_up_rules.delete", danger: true, show: ({ state }) => state !== "ended", confirm: ({ name }) => `结束后新的充值不再赠送。确定结束“${name}”？`, run: ({ code }) => post(`/top-up-rules/${code}/ends`) },
];

/** Steps of lines such as `100:10`, null if a line is something else. */
function readSteps(text) {
  const lines = String(text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  const steps = lines.map((line) => STEP.exec(line)).map((found) => found && { amount_fen: parseMoney(found[1]), bonus_fen: parseMoney(found[2]) });
  return steps.length && steps.every((step) => step?.amount_fen && step.bonus_fen) ? steps : null;
}

const create = () => openForm({
  title: "新建充值规则", fields: FIELDS, submit: (value) => post("/top-up-rules", { ...value, steps: readSteps(value.steps) }),
});

const component = () => html`
  <${ListPage} url="/top-up-rules" columns=${COLUMNS} filters=${[]} rowActions=${ROW_ACTIONS} rowKey="code" create=${{ label: "新建规则", right: "top_up_rules.create", open: create }} emptyText="没有充值规则" />`;

export default { title: "充值规则", component };
