// 带参数二维码: create for several shops, change name and logo, export, print.

import { html } from "../../../m/js/html.js";
import { del, fileUrl, patch, post } from "../api.js";
import { openDialog } from "../blocks/dialogs.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { date } from "../format.js";
import { findShops, listChatAccounts } from "../options.js";
import { router } from "../router.js";
import { uploadPicture } from "../upload.js";

const { ElButton, ElDialog } = window.ElementPlus;

const KINDS = [["shop", "门店"], ["product", "商品"], ["activity", "活动"], ["staff", "员工"], ["table", "餐桌"]];
const KIND_NAMES = Object.fromEntries(KINDS);
const STATES = { ready: ["可用", "success"], waiting: ["生成中", "warning"], expired: ["已过期", "info"] };
const FORMS = [["png", "PNG（印刷、网页）"], ["svg", "SVG（放大不失真）"]];
const DAY_S = 24 * 3600;
const LIFETIMES = [[0, "永久"], [1800, "30 分钟"], [DAY_S, "1 天"], [7 * DAY_S, "7 天"], [30 * DAY_S, "30 天"]];

const COLUMNS = [
  { prop: "picture", label: "二维码", width: 80, render: (code) => code.state === "ready" && html`<img class="qr-small" src=${imageUrl(code, { size: 120 })} alt=${`二维码 ${code.name}`} loading="lazy" />` },
  { prop: "name", label: "名称", phone: true, minWidth: 190, sortable: true },
  { prop: "target_name", label: "对象", minWidth: 170, render: ({ kind, name, target_name }) => (name === target_name ? KIND_NAMES[kind] : `${KIND_NAMES[kind]} ${target_name}`) },
  { prop: "account.name", label: "账号", minWidth: 100 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 85 },
  { prop: "scans", label: "扫码", phone: true, format: "number", width: 80, sortable: true },
  { prop: "follows", label: "新关注", format: "number", width: 95, sortable: true },
  { prop: "expires_at", label: "有效期至", width: 105, render: ({ permanent, expires_at }) => (permanent ? "永久" : date(expires_at)) },
  { prop: "created_at", label: "创建日期", format: "date", width: 110, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "名称", placeholder: "二维码名称" },
  { prop: "kind", label: "类型", type: "select", options: KINDS },
  { prop: "account", label: "账号", type: "select", options: listChatAccounts },
];
const ROW_ACTIONS = [
  { label: "查看", show: isReady, run: showCode },
  { label: "编辑", right: "qr_codes.edit", run: edit },
  { label: "重新生成", right: "qr_codes.edit", show: (code) => !isReady(code), run: ({ id }) => post(`/qr-codes/${id}/tickets`).then(() => "已提交，稍后刷新") },
  { label: "删除", right: "qr_codes.delete", danger: true, confirm: ({ name }) => `删除后已印出的“${name}”不再统计，也不再打开门店。确定删除？`, run: ({ id }) => del(`/qr-codes/${id}`) },
];
const BATCH_ACTIONS = [
  { label: "打印", run: printSheet },
  { label: "导出图片", run: exportImages },
];

function isReady({ state }) {
  return state === "ready";
}

function imageUrl({ id }, query) {
  return fileUrl(`/qr-codes/${id}/image`, query);
}

const idsOf = (codes) => codes.filter(isReady).map(({ id }) => id).join(",");

async function printSheet(codes) {
  if (!idsOf(codes)) throw Object.assign(new Error(), { msg: "所选二维码还没有生成" });
  await router.push({ path: "/qr-codes/sheet", query: { ids: idsOf(codes) } });
  return false;
}

async function exportImages(codes) {
  if (!idsOf(codes)) throw Object.assign(new Error(), { msg: "所选二维码还没有生成" });
  const chosen = {};
  const outcome = await openForm({
    title: "导出图片", submitLabel: "导出", success: "", fields: [{ prop: "form", label: "格式", type: "select", required: true, options: FORMS, value: "png" }, sizeField()],
    submit: async (value) => Object.assign(chosen, value),
  });
  if (outcome) download(fileUrl("/qr-codes/images", { ids: idsOf(codes), ...chosen }));
  return false;
}

function download(url) {
  const link = Object.assign(document.createElement("a"), { href: url, download: "" });
  link.click();
}

const sizeField = () => ({ prop: "size", label: "边长（像素）", type: "number", required: true, min: 120, max: 2000, value: 430 });
const LOGO = { prop: "logo_url", label: "中间的标志", type: "picture", upload: uploadPicture, help: "用“上传”选择，清空则没有标志" };

async function create() {
  const isShop = ({ kind }) => kind === "shop";
  return openForm({
    title: "生成二维码", success: "已提交，几秒后生成",
    fields: [
      { prop: "account", label: "账号", type: "select", required: true, options: listChatAccounts },
      { prop: "kind", label: "类型", type: "select", required: true, options: KINDS, value: "shop" },
      { prop: "every_shop", label: "全部营业门店", type: "switch", when: isShop },
      { prop: "targets", label: "门店", type: "multi", required: true, remote: findShops, empty: [], when: (typed) => isShop(typed) && !typed.every_shop },
      { prop: "target", label: "对象编号", required: true, max: 64, when: (typed) => !isShop(typed), help: "商品、活动、员工或餐桌的编号" },
      { prop: "lifetime_s", label: "期限", type: "select", required: true, options: LIFETIMES, value: 0, help: "支付宝的临时二维码最长 30 分钟" },
      { prop: "name", label: "名称", max: 60, help: "不填则用门店名称；多个门店时加在门店名称后面" },
      LOGO,
    ],
    submit: ({ target, lifetime_s, ...value }) => post("/qr-codes", { ...value, ...(target ? { targets: [target] } : {}), permanent: !lifetime_s, lifetime_s: lifetime_s || null }),
  });
}

function edit(code) {
  return openForm({ title: `编辑二维码 ${code.name}`, fields: [{ prop: "name", label: "名称", required: true, max: 60 }, LOGO], value: code, submit: (value) => patch(`/qr-codes/${code.id}`, value) });
}

async function showCode(code) {
  await openDialog(CodeDialog, { code });
  return false;
}

const CodeDialog = {
  props: { visible: { default: true }, code: Object },
  emits: ["close"],
  setup: (props, { emit }) => () => html`
    <${ElDialog} modelValue=${props.visible} title=${props.code.name} width="min(420px, calc(100vw - 20px))" beforeClose=${() => emit("close", false)} alignCenter=${true} appendToBody=${true}>
      ${{
        default: () => html`<div class="qr-large"><img src=${imageUrl(props.code, { size: 430 })} alt=${`二维码 ${props.code.name}`} /><p class="muted">扫码 ${props.code.scans} 次，新关注 ${props.code.follows} 人</p></div>`,
        footer: () => FORMS.map(([form]) => html`<${ElButton} key=${form} onClick=${() => download(imageUrl(props.code, { form, size: 860, download: true }))}>下载 ${form.toUpperCase()}<//>`),
      }}
    <//>`,
};

const component = () => html`
  <${ListPage} url="/qr-codes" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} batchActions=${BATCH_ACTIONS} sort="-created_at"
    create=${{ label: "生成二维码", right: "qr_codes.create", open: create }} emptyText="还没有二维码" />`;

export default { title: "带参数二维码", component };
