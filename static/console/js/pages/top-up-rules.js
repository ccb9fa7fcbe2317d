// 充值规则: the bonus of top-ups in steps. A promised rule is ended and another one added.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { rowsField } from "../blocks/rows-field.js";

const STATES = { active: ["进行中", "success"], upcoming: ["未开始", "warning"], ended: ["已结束", "info"] };
const COLUMNS = [
  { prop: "name", label: "名称", phone: true, minWidth: 130 },
  { prop: "code", label: "编码", width: 130, sortable: true },
  { prop: "description", label: "优惠", minWidth: 240 },
  { prop: "single_use", label: "每人一次", format: "yesNo", width: 95 },
  { prop: "starts_at", label: "开始时间", format: "time", width: 180, sortable: true },
  { prop: "ends_at", label: "结束时间", format: "time", width: 180 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
];
const FILTERS = [
  { prop: "search", label: "规则", placeholder: "名称或编码" },
  { prop: "state", label: "状态", type: "select", options: Object.entries(STATES).map(([value, [label]]) => [value, label]) },
];
const FIELDS = [
  { prop: "name", label: "名称", required: true, max: 30 },
  { prop: "code", label: "编码", required: true, max: 30, help: "保存后不能修改" },
  rowsField({
    prop: "steps", label: "充值档位", required: true, addLabel: "添加一档", help: "按金额从低到高填写，会员得到所达到的最高一档",
    columns: [{ prop: "amount_fen", label: "充", type: "money" }, { prop: "bonus_fen", label: "送", type: "money" }],
    value: [{ amount_fen: null, bonus_fen: null }],
  }),
  { prop: "single_use", label: "每人一次", type: "switch" },
  { prop: "starts_at", label: "开始时间", type: "datetime", help: "不填则立即开始" },
  { prop: "ends_at", label: "结束时间", type: "datetime", help: "不填则一直有效，可随时结束" },
];
const ROW_ACTIONS = [
  { label: "结束", right: "top_up_rules.delete", danger: true, show: ({ state }) => state !== "ended", confirm: ({ name }) => `结束后不能恢复，已充值的赠金不变。确定结束“${name}”？`, run: ({ code }) => post(`/top-up-rules/${encodeURIComponent(code)}/ending`) },
];

const create = () => openForm({ title: "新建充值规则", fields: FIELDS, note: "规则保存后不能修改，只能结束。", submit: (value) => post("/top-up-rules", value) });

const component = () => html`
  <${ListPage} url="/top-up-rules" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="code" create=${{ label: "新建充值规则", right: "top_up_rules.create", open: create }} />`;

export default { title: "充值规则", component };
