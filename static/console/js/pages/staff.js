// 用户账号: add, change, disable; a one-time link lets a person choose a password.

import { html } from "../../../m/js/html.js";
import { del, get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { showSecret } from "../blocks/secret-dialog.js";
import { findShops, listRoles } from "../options.js";
import { session } from "../session.js";

const STATES = { active: ["正常", "success"], disabled: ["已停用", "info"] };

const COLUMNS = [
  { prop: "login", label: "账号", phone: true, sortable: true, width: 140 },
  { prop: "nickname", label: "昵称", width: 120 },
  { prop: "phone", label: "手机", width: 130 },
  { prop: "email", label: "电子邮箱", minWidth: 160 },
  { prop: "roles", label: "角色", minWidth: 150, render: ({ roles }) => roles.map(({ name }) => name).join("、") },
  { prop: "shops", label: "门店", minWidth: 150, render: ({ shops }) => shops.map(({ name }) => name).join("、") || "全部门店" },
  { prop: "state", label: "状态", phone: true, width: 150, render: (row) => stateOf(row) },
  { prop: "created_at", label: "创建时间", format: "time", width: 180, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "账号", placeholder: "账号或昵称" },
  { prop: "state", label: "状态", type: "select", options: [["active", "正常"], ["disabled", "已停用"]] },
];
const PERSON_FIELDS = [
  { prop: "nickname", label: "昵称", max: 30 },
  { prop: "phone", label: "手机", empty: null, max: 20 },
  { prop: "email", label: "电子邮箱", empty: null, max: 100 },
  { prop: "roles", label: "角色", type: "multi", required: true, options: listRoles },
];
const shopsField = (chosen = []) => ({
  prop: "shops", label: "门店", type: "multi", remote: findShops, help: "不选则可以看到全部门店的数据",
  options: chosen.map(({ id, name }) => [id, name]),
});
const LOGIN_FIELD = { prop: "login", label: "账号", required: true, max: 30, help: "小写字母、数字、点、横线或下划线，保存后不能修改" };

const ROW_ACTIONS = [
  { label: "编辑", right: "staff.edit", run: edit },
  { label: "登录链接", right: "staff.send_link", show: isActive, confirm: ({ login }) => `为 ${login} 生成设置密码的一次性链接？`, run: sendLink },
  { label: "停用", right: "staff.delete", danger: true, show: isActive, confirm: ({ login }) => `停用后 ${login} 立即退出，不能登录。确定停用？`, run: ({ id }) => post(`/staff/${id}/disablement`) },
  { label: "启用", right: "staff.delete", show: ({ state }) => state === "disabled", run: ({ id }) => del(`/staff/${id}/disablement`) },
];

function isActive({ state }) {
  return state === "active";
}

function stateOf({ state, is_locked, has_password }) {
  const notes = [is_locked && "已锁定", !has_password && "未设密码"].filter(Boolean);
  return notes.length && state === "active" ? `${STATES[state][0]}（${notes.join("、")}）` : STATES[state][0];
}

async function create() {
  let made = null;
  const outcome = await openForm({
    title: "新建账号", fields: [LOGIN_FIELD, ...PERSON_FIELDS, shopsField()],
    submit: async (value) => (made = await post("/staff", value)),
  });
  if (outcome) await showLink(made.login, made.link);
  return outcome;
}

async function edit({ id }) {
  const account = await get(`/staff/${id}`);
  return openForm({
    title: `编辑账号 ${account.login}`, fields: [...PERSON_FIELDS, shopsField(account.shops)],
    value: { ...account, roles: account.roles.map(({ key }) => key), shops: account.shops.map((shop) => shop.id) },
    submit: (value) => patch(`/staff/${id}`, value),
  });
}

async function sendLink({ id, login }) {
  await showLink(login, await post(`/staff/${id}/password-reset`));
  return "saved";
}

const showLink = (login, { url }) => showSecret({
  title: "设置密码的链接", text: url, note: `请把链接发给 ${login} 本人，24 小时内有效，只能用一次。登录时填商家代码 ${session.me.tenant.slug} 和账号 ${login}。关闭后不再显示。`,
});

const component = () => html`
  <${ListPage} url="/staff" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} create=${{ label: "新建账号", right: "staff.create", open: create }} />`;

export default { title: "用户账号", component };
