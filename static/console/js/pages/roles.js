// 安全角色: a name with rights, chosen in the tree of the menu and its buttons.

import { html } from "../../../m/js/html.js";
import { del, get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { RightsTree } from "../blocks/rights-tree.js";

const COLUMNS = [
  { prop: "code", label: "编码", width: 110 },
  { prop: "name", label: "角色名称", phone: true, width: 150 },
  { prop: "key", label: "角色标识", width: 150 },
  { prop: "description", label: "描述", minWidth: 180 },
  { prop: "rights", label: "权限", phone: true, width: 110, render: ({ rights, has_all_rights }) => (has_all_rights ? "全部" : `${rights.length} 项`) },
  { prop: "is_builtin", label: "预置", format: "yesNo", width: 80 },
  { prop: "created_at", label: "创建时间", format: "time", width: 180 },
];
const FILTERS = [{ prop: "search", label: "角色", placeholder: "角色名称或标识" }];
const KEY_FIELD = {
  prop: "key", label: "角色标识", required: true, max: 30, help: "小写字母开头，仅含小写字母、数字和下划线，保存后不能修改",
  rules: [(text) => (/^[a-z][a-z0-9_]{1,29}$/.test(text.trim()) ? "" : "小写字母开头，仅含小写字母、数字和下划线，2–30 位")],
};
const FIELDS = [
  { prop: "name", label: "角色名称", required: true, max: 30 },
  { prop: "code", label: "编码", max: 30 },
  { prop: "description", label: "描述", type: "textarea", rows: 2, max: 200 },
];
const ROW_ACTIONS = [
  { label: "编辑", right: "roles.edit", run: edit },
  { label: "删除", right: "roles.delete", danger: true, show: ({ is_builtin }) => !is_builtin, confirm: ({ name }) => `确定删除角色“${name}”？`, run: ({ key }) => del(`/roles/${key}`) },
];

const rightsField = (groups) => ({
  prop: "rights", label: "分配权限", type: "custom", value: [], help: "选中按钮会同时给予该菜单的查询权限",
  render: (value, set) => html`<${RightsTree} groups=${groups} value=${value} onChanged=${set} />`,
});

async function create() {
  const groups = await get("/roles/rights");
  return openForm({ title: "新建角色", fields: [FIELDS[0], KEY_FIELD, ...FIELDS.slice(1), rightsField(groups)], submit: (value) => post("/roles", value) });
}

/** 超级管理员 always has all rights, so only its texts can be changed. */
async function edit(role) {
  const fields = role.has_all_rights ? FIELDS : [...FIELDS, rightsField(await get("/roles/rights"))];
  return openForm({
    title: `编辑角色 ${role.name}`, fields, value: role, note: role.has_all_rights ? "该角色始终拥有全部权限。" : "",
    submit: (value) => patch(`/roles/${role.key}`, value),
  });
}

const component = () => html`
  <${ListPage} url="/roles" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="key" create=${{ label: "新建角色", right: "roles.create", open: create }} />`;

export default { title: "安全角色", component };
