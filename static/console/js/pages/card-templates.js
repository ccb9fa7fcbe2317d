// 会员卡: the look of the member card, the packs in which it is issued, and how each platform takes it.

import { html } from "../../../m/js/html.js";
import { post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { uploadPicture } from "../upload.js";

const STATES = { draft: ["草稿", "info"], active: ["使用中", "success"], retired: ["已停用", "info"] };
const PLATFORMS = [["wechat", "微信卡包"], ["alipay", "支付宝卡包"]];
const COLOURS = [
  ["Color010", "草绿"], ["Color020", "深绿"], ["Color030", "天蓝"], ["Color040", "湛蓝"], ["Color050", "紫色"], ["Color060", "土黄"], ["Color070", "明黄"],
  ["Color080", "橙色"], ["Color081", "深橙"], ["Color082", "嫩绿"], ["Color090", "橘红"], ["Color100", "红色"], ["Color101", "大红"], ["Color102", "灰色"],
];
const COLUMNS = [
  { prop: "title", label: "卡名称", phone: true, minWidth: 120, sortable: true },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "programme", label: "计划", minWidth: 120 },
  { prop: "packs", label: "卡包", phone: true, minWidth: 260, render: ({ packs }) => packs.map(describePack).join("；") || "—" },
  { prop: "shown", label: "卡面显示", minWidth: 150, render: ({ shown }) => shown.map((name) => ({ points: "积分", balance: "余额", tier: "等级" })[name]).join("、") || "—" },
  { prop: "changed_at", label: "修改时间", format: "time", width: 175, sortable: true },
];
const FILTERS = [
  { prop: "search", label: "会员卡", placeholder: "卡名称" },
  { prop: "state", label: "状态", type: "select", options: Object.entries(STATES).map(([value, [label]]) => [value, label]) },
];
const isRange = ({ validity }) => validity === "range";
const hasPayRule = ({ pays }) => pays;
const FIELDS = [
  { prop: "title", label: "卡名称", required: true, max: 9, half: true },
  { prop: "brand", label: "商户名称", required: true, max: 12, half: true },
  { prop: "platforms", label: "发行到", type: "multi", options: PLATFORMS, help: "启用后可以增加，不能减少" },
  { prop: "colour", label: "卡面颜色", type: "select", options: COLOURS, required: true, value: "Color030" },
  { prop: "logo_url", label: "logo", type: "picture", upload: uploadPicture, required: true, help: "500×500 像素，PNG 或 JPG，不超过 512 KB" },
  { prop: "cover_url", label: "封面", type: "picture", upload: uploadPicture, help: "1024×643 像素，PNG 或 JPG，不超过 1 MB" },
  { prop: "privileges", label: "会员特权", type: "textarea", required: true, max: 1000 },
  { prop: "instructions", label: "使用须知", type: "textarea", required: true, max: 1000 },
  { prop: "notice", label: "卡面提醒", required: true, max: 16, value: "结账时请出示会员码" },
  { prop: "service_phone", label: "客服电话", max: 24 },
  { prop: "shown", label: "卡面显示", type: "multi", options: [["points", "积分"], ["balance", "储值余额"], ["tier", "等级"]], value: ["points", "balance", "tier"] },
  { prop: "validity", label: "有效期", type: "select", options: [["permanent", "永久有效"], ["range", "固定日期"], ["days", "领取后若干天"]], value: "permanent", help: "已领取的卡不能延长有效期" },
  { prop: "valid_from", label: "开始日期", type: "date", when: isRange, half: true },
  { prop: "valid_until", label: "结束日期", type: "date", when: isRange, half: true },
  { prop: "valid_days", label: "有效天数", type: "number", min: 1, max: 3650, when: ({ validity }) => validity === "days" },
  { prop: "activation", label: "微信激活方式", type: "select", value: "one_click", options: [["one_click", "一键激活：在微信里填手机号"], ["jump", "跳转激活：填写后由本系统激活"], ["auto", "自动激活：领取即可用，不填手机号"]], help: "启用后不能更换" },
  { prop: "can_gift", label: "允许转赠", type: "switch", help: "转赠的是卡，会员身份和资产不转移" },
  { prop: "pays", label: "支付后领卡", type: "switch", help: "顾客用微信支付达到金额后，在支付完成页领卡" },
  { prop: "pay_from_fen", label: "支付满", type: "money", when: hasPayRule, half: true },
  { prop: "pay_until", label: "结束日期", type: "date", when: hasPayRule, half: true },
];
const isSubmittedAgain = (platform) => ({ state, packs }) => state === "active" && packs.some((pack) => pack.platform === platform && pack.problem);
const ROW_ACTIONS = [
  { label: "编辑", right: "card_templates.edit", show: ({ state }) => state !== "retired", run: edit },
  { label: "启用", right: "card_templates.publish", show: ({ state }) => state === "draft", confirm: ({ title }) => `启用后提交到所选卡包，并替换正在使用的会员卡。确定启用“${title}”？`, run: ({ id }) => post(`/card-templates/${id}/activation`) },
  { label: "停用", right: "card_templates.publish", danger: true, show: ({ state }) => state === "active", confirm: "停用后不再发卡，已领取的卡仍会更新。确定停用？", run: ({ id }) => post(`/card-templates/${id}/retirement`) },
  ...PLATFORMS.map(([platform, name]) => ({ label: `重新提交${name}`, right: "card_templates.publish", show: isSubmittedAgain(platform), run: ({ id }) => post(`/card-templates/${id}/retries`, { platform }) })),
];

function describePack({ name, label, problem, is_waiting }) {
  return `${name} ${label}${problem ? `（${problem}）` : is_waiting ? "（提交中）" : ""}`;
}

function toInput({ activation, pays, ...value }) {
  return { ...value, activations: [activation], pay_from_fen: pays ? value.pay_from_fen : null, pay_until: pays ? value.pay_until : null };
}

const create = () => openForm({ title: "新建会员卡", fields: FIELDS, submit: (value) => post("/card-templates", toInput(value)) });

function edit({ id, activations, packs: _packs, programme: _programme, state: _state, changed_at: _changed, ...value }) {
  return openForm({
    title: "编辑会员卡", fields: FIELDS, value: { ...value, activation: activations[0], pays: value.pay_from_fen !== null },
    note: "使用中的会员卡保存后会更新到卡包。", submit: (typed) => put(`/card-templates/${id}`, toInput(typed)),
  });
}

const component = () => html`
  <${ListPage} url="/card-templates" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} sort="-changed_at" emptyText="还没有会员卡" create=${{ label: "新建会员卡", right: "card_templates.create", open: create }} />`;

export default { title: "会员卡", component };
