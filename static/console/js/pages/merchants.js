// 商户号: the accounts that take money. Keys are written and never shown again.

import { html } from "../../../m/js/html.js";
import { del, post, put } from "../api.js";
import { openDialog } from "../blocks/dialogs.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { findShops } from "../options.js";
import { session } from "../session.js";

const { ElMessageBox } = window.ElementPlus;

const PLATFORMS = { wechat_pay: "微信支付", alipay: "支付宝" };
const STATES = { active: ["使用中", "success"], retired: ["已停用", "info"] };
const KEYS = { api_v3_keys: "APIv3 密钥", public_keys: "平台公钥" };
const COLUMNS = [
  { prop: "name", label: "名称", phone: true, minWidth: 140 },
  { prop: "platform", label: "平台", width: 100, render: ({ platform }) => PLATFORMS[platform] },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "merchant_id", label: "商户号", width: 170 },
  { prop: "app_id", label: "AppID", width: 190 },
  { prop: "shop", label: "用于", minWidth: 150, render: ({ shop, brand }) => shop ?? (brand ? `品牌 ${brand}` : "全部门店") },
  { prop: "created_at", label: "创建时间", format: "time", width: 175 },
];
const isWechat = ({ platform }) => platform === "wechat_pay";
const PEM = "以 -----BEGIN 开头的全部内容";
const FIELDS = [
  { prop: "platform", label: "平台", type: "select", required: true, options: Object.entries(PLATFORMS), value: "wechat_pay" },
  { prop: "name", label: "名称", required: true, max: 60 },
  { prop: "merchant_id", label: "商户号", required: true, max: 32, help: "微信支付商户号，或支付宝的 PID" },
  { prop: "app_id", label: "AppID", required: true, max: 64 },
  { prop: "shop", label: "只用于门店", type: "select", remote: (text) => findShops(text, "code"), help: "不选则用于全部门店" },
  { prop: "brand", label: "只用于品牌", max: 60, empty: null, help: "门店和品牌最多填一个" },
  { prop: "private_key", label: "商户私钥", type: "textarea", rows: 3, required: true, max: 20000, help: PEM },
  { prop: "certificate_serial", label: "商户证书序列号", max: 64, when: isWechat },
  { prop: "public_key_id", label: "微信支付公钥 ID 或平台证书序列号", max: 64, required: true, when: isWechat },
  { prop: "public_key", label: "平台公钥", type: "textarea", rows: 3, required: true, max: 20000, help: PEM },
  { prop: "api_v3_key", label: "APIv3 密钥", type: "password", required: true, when: isWechat, help: "32 个字符" },
];
const isActive = ({ state }) => state === "active";
const ROW_ACTIONS = [
  { label: "测试", right: "merchants.edit", run: test },
  { label: "详情", run: show },
  { label: "添加密钥", right: "merchants.edit", run: addKey },
  { label: "更换私钥", right: "merchants.edit", run: replacePrivateKey },
  { label: "停用", right: "merchants.edit", danger: true, show: isActive, confirm: ({ name }) => `停用后不能再用 ${name} 收款，已有的通知和退款仍会处理。停用后不能恢复，确定停用？`, run: ({ key }) => post(`/merchants/${key}/retirement`) },
];

/** What is wrong in plain words, or that nothing is. */
async function test({ key, name }) {
  const { problem } = await post(`/merchants/${key}/tests`);
  if (!problem) return `${name}的密钥正确，可以收款`;
  await ElMessageBox.alert(problem, `${name}不能收款`, { type: "error", confirmButtonText: "知道了" });
  return false;
}

const create = () => openForm({
  title: "新建商户号", width: "640px", note: "密钥保存后不再显示。保存后请点“测试”。",
  fields: FIELDS.map((field) => (field.prop === "shop" && session.me?.shops !== null ? { ...field, required: true } : field)),
  submit: (value) => post("/merchants", value),
});

function addKey({ key, platform }) {
  return openForm({
    title: "添加密钥", note: "新密钥与原密钥同时有效，换好后请在详情里移除原密钥。", value: { name: "public_keys" },
    fields: [
      { prop: "name", label: "密钥", type: "select", required: true, options: Object.entries(KEYS).filter(([name]) => platform === "wechat_pay" || name === "public_keys") },
      { prop: "serial", label: "公钥 ID 或证书序列号", max: 64, when: ({ name }) => platform === "wechat_pay" && name === "public_keys" },
      { prop: "value", label: "内容", type: "textarea", rows: 4, required: true, max: 20000 },
    ],
    submit: (value) => post(`/merchants/${key}/keys`, value),
  });
}

function replacePrivateKey({ key, platform }) {
  return openForm({
    title: "更换商户私钥", note: "立即用新私钥签名。请先在支付平台换好。",
    fields: [
      { prop: "private_key", label: "商户私钥", type: "textarea", rows: 4, required: true, max: 20000, help: PEM },
      { prop: "certificate_serial", label: "商户证书序列号", max: 64, when: () => platform === "wechat_pay", help: "不变则不填" },
    ],
    submit: (value) => put(`/merchants/${key}/private-key`, value),
  });
}

async function show(row) {
  await openDialog(DetailDrawer, {
    heading: "商户号", load: async () => row, title: ({ name }) => name,
    facts: [...COLUMNS, { prop: "key", label: "标识" }, { prop: "notice_url", label: "支付通知地址", wide: true },
      ...row.keys.map(({ name, identifier }) => ({ label: KEYS[name], wide: true, render: () => identifier }))],
    actions: row.keys.map(({ name, identifier }) => ({
      label: `移除${KEYS[name]} ${identifier.slice(-6)}`, right: "merchants.edit", danger: true, show: () => row.keys.filter((one) => one.name === name).length > 1,
      confirm: `移除后不再接受该密钥：${identifier}。确定移除？`, run: async () => Object.assign(row, await del(`/merchants/${row.key}/keys`, { name, identifier })),
    })),
  });
  return "saved";
}

const component = () => html`
  <${ListPage} url="/merchants" columns=${COLUMNS} filters=${[]} rowActions=${ROW_ACTIONS} rowKey="key" create=${{ label: "新建商户号", right: "merchants.create", open: create }} emptyText="没有商户号" />`;

export default { title: "商户号", component };
