// 收银员: who works at the tills, with PIN and rights.

import { html } from "../../../m/js/html.js";
import { del, get, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";
import { session } from "../session.js";

const STATES = { active: ["在职", "success"], disabled: ["已停用", "info"] };
const FILTERS = [
  { prop: "search", label: "编号", placeholder: "收银员编号" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const COLUMNS = [
  { prop: "number", label: "编号", phone: true, width: 120, sortable: true },
  { prop: "name", label: "姓名", phone: true, width: 130 },
  { prop: "shop", label: "门店", minWidth: 160, render: ({ shop }) => shop ?? "全部门店" },
  { prop: "right_names", label: "权限", minWidth: 200, render: ({ right_names }) => right_names.join("、") },
  { prop: "created_at", label: "创建时间", format: "time", width: 175, sortable: true },
  { prop: "state", label: "状态", phone: true, width: 130, render: ({ state, is_locked }) => (is_locked ? `${STATES[state][0]}（已锁定）` : STATES[state][0]) },
];
const rule = (text) => (/^\d{6}$/.test(text) ? "" : "密码应为 6 位数字");
const PIN_FIELD = { prop: "pin", label: "密码", type: "password", required: true, help: "6 位数字，收银台登录时用", rules: [rule] };
const AGAIN_FIELD = { prop: "again", label: "再次输入", type: "password", required: true, rules: [(text, { pin }) => (text === pin ? "" : "两次密码不一致")] };
const RIGHTS_FIELD = { prop: "rights", label: "权限", type: "multi", required: true, options: () => get("/cashiers/rights"), help: "店长拥有全部权限，可以授权" };

const ROW_ACTIONS = [
  { label: "权限", right: "cashiers.edit", run: changeRights },
  { label: "重设密码", right: "cashiers.edit", run: setPin },
  { label: "解锁", right: "cashiers.edit", show: ({ is_locked }) => is_locked, run: ({ number }) => del(`/cashiers/${number}/lock`) },
  { label: "停用", right: "cashiers.delete", danger: true, show: ({ state }) => state === "active", confirm: ({ name }) => `停用后 ${name} 立即退出，不能登录收银台。确定停用？`, run: ({ number }) => post(`/cashiers/${number}/disablement`) },
];

const create = () => openForm({
  title: "新建收银员", value: { rights: ["sell"] },
  fields: [
    { prop: "number", label: "编号", required: true, max: 20, help: "字母或数字，保存后不能修改" },
    { prop: "name", label: "姓名", required: true, max: 30 },
    { prop: "shop", label: "门店", type: "select", required: session.me?.shops !== null, remote: (text) => findShops(text, "code"), help: "不选则可在全部门店收银" },
    RIGHTS_FIELD, PIN_FIELD, AGAIN_FIELD,
  ],
  submit: ({ again, ...value }) => post("/cashiers", value),
});

function changeRights({ number, name, rights }) {
  return openForm({ title: `${name} 的权限`, fields: [RIGHTS_FIELD], value: { rights }, submit: (value) => put(`/cashiers/${number}/rights`, value) });
}

function setPin({ number, name, state }) {
  return openForm({
    title: `重设 ${name} 的密码`, note: `新密码立即生效，${name} 须重新登录${state === "disabled" ? "，并恢复在职" : ""}。`,
    fields: [PIN_FIELD, AGAIN_FIELD], submit: ({ pin }) => put(`/cashiers/${number}/pin`, { pin }),
  });
}

const component = () => html`
  <${ListPage} url="/cashiers" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="number" sort="number" create=${{ label: "新建收银员", right: "cashiers.create", open: create }} emptyText="没有收银员" />`;

export default { title: "收银员", component };
