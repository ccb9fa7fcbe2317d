// 收银终端: the tills. A key is shown once.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { showSecret } from "../blocks/secret-dialog.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";

const STATES = { active: ["使用中", "success"], disabled: ["已停用", "info"] };
const FILTERS = [
  { prop: "search", label: "终端", placeholder: "编号或名称" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const COLUMNS = [
  { prop: "code", label: "终端编号", width: 160, sortable: true },
  { prop: "name", label: "名称", phone: true, minWidth: 160 },
  { prop: "shop", label: "门店", minWidth: 180 },
  { prop: "created_at", label: "创建时间", format: "time", width: 180, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 100 },
];
const FIELDS = [
  { prop: "code", label: "终端编号", required: true, max: 40, help: "字母、数字、下划线或连字符，保存后不能修改" },
  { prop: "name", label: "名称", max: 60 },
  { prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") },
];
const ROW_ACTIONS = [
  { label: "更换密钥", right: "terminals.edit", confirm: ({ code, state }) => `更换后终端 ${code} 要用新密钥重新登录${state === "disabled" ? "，并恢复使用" : ""}。确定更换？`, run: renew },
  { label: "停用", right: "terminals.delete", danger: true, show: ({ state }) => state === "active", confirm: ({ code }) => `停用后终端 ${code} 立即退出，不能收银。确定停用？`, run: ({ code }) => post(`/terminals/${code}/disablement`) },
];

async function create() {
  let made = null;
  const outcome = await openForm({ title: "新建终端", fields: FIELDS, submit: async (value) => (made = await post("/terminals", value)) });
  if (outcome && made.key) await showKey(made);
  return outcome;
}

async function renew({ code }) {
  await showKey(await post(`/terminals/${code}/keys`));
  return "saved";
}

const showKey = ({ code, key }) => showSecret({ title: `终端 ${code} 的密钥`, text: key, note: "请填到收银台的登录页。密钥只显示一次，遗失须更换。" });

const component = () => html`
  <${ListPage} url="/terminals" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="code" sort="code" create=${{ label: "新建终端", right: "terminals.create", open: create }} emptyText="没有终端" />`;

export default { title: "收银终端", component };
