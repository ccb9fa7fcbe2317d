// 成本中心: who pays for points and coupons. A closed one takes no new rules.

import { html } from "../../../m/js/html.js";
import { del, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";

const COLUMNS = [
  { prop: "code", label: "编码", width: 180, sortable: true },
  { prop: "name", label: "名称", phone: true, minWidth: 180, sortable: true },
  { prop: "is_closed", label: "状态", phone: true, format: "tag", tags: { false: ["正常", "success"], true: ["已停用", "info"] }, width: 100 },
  { prop: "created_at", label: "创建时间", format: "time", width: 180, sortable: true },
];
const FILTERS = [{ prop: "search", label: "成本中心", placeholder: "编码或名称" }];
const NAME = { prop: "name", label: "名称", required: true, max: 60 };
const FIELDS = [{ prop: "code", label: "编码", required: true, max: 30, help: "保存后不能修改" }, NAME];
const path = ({ code }) => `/cost-centres/${encodeURIComponent(code)}`;
const ROW_ACTIONS = [
  { label: "编辑", right: "cost_centres.edit", run: edit },
  { label: "停用", right: "cost_centres.edit", danger: true, show: ({ is_closed }) => !is_closed, confirm: ({ name }) => `停用后新的规则不能再选“${name}”，已有的规则不变。确定停用？`, run: (row) => post(`${path(row)}/closing`) },
  { label: "启用", right: "cost_centres.edit", show: ({ is_closed }) => is_closed, run: (row) => del(`${path(row)}/closing`) },
];

const create = () => openForm({ title: "新建成本中心", fields: FIELDS, submit: (value) => post("/cost-centres", value) });

function edit(row) {
  return openForm({ title: `编辑成本中心 ${row.code}`, fields: [NAME], value: row, submit: (value) => patch(path(row), value) });
}

const component = () => html`
  <${ListPage} url="/cost-centres" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="code" create=${{ label: "新建成本中心", right: "cost_centres.create", open: create }} />`;

export default { title: "成本中心", component };
