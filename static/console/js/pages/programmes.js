// 忠诚度计划: new with base tier and point group, rename.

import { html } from "../../../m/js/html.js";
import { del, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";

const COLUMNS = [
  { prop: "name", label: "俱乐部名称", phone: true, minWidth: 160, sortable: true },
  { prop: "code", label: "代号", width: 160, sortable: true },
  { prop: "members", label: "会员数", phone: true, format: "number", width: 110 },
  { prop: "created_at", label: "创建时间", format: "time", width: 180, sortable: true },
];
const FILTERS = [{ prop: "search", label: "计划", placeholder: "名称或代号" }];
const NAME = { prop: "name", label: "俱乐部名称", required: true, max: 60 };
const CREATE_FIELDS = [
  { prop: "code", label: "代号", required: true, max: 30, help: "小写字母开头，仅含小写字母、数字和连字符，保存后不能修改" },
  NAME,
  { prop: "base_name", label: "基础等级名称", required: true, max: 30, value: "普通会员" },
  { prop: "points_name", label: "积分组名称", required: true, max: 30, value: "积分" },
];
const ROW_ACTIONS = [
  { label: "编辑", right: "programmes.edit", run: edit },
  { label: "删除", right: "programmes.delete", danger: true, confirm: ({ name }) => `“${name}”的等级和积分组会一起删除，确定删除？`, run: ({ code }) => del(`/programmes/${code}`) },
];

const create = () => openForm({ title: "新建忠诚度计划", fields: CREATE_FIELDS, submit: (value) => post("/programmes", value) });

function edit(row) {
  return openForm({ title: `编辑计划 ${row.code}`, fields: [NAME], value: row, submit: (value) => patch(`/programmes/${row.code}`, value) });
}

const component = () => html`
  <${ListPage} url="/programmes" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="code" create=${{ label: "新建计划", right: "programmes.create", open: create }} />`;

export default { title: "忠诚度计划", component };
