// 会员服务台 · 会员: cards, purchases and points of a member, and what a clerk does for them.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { DetailPage } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { plainTable } from "../blocks/plain-table.js";
import { number } from "../format.js";
import { linkToMember } from "../links.js";
import { findShops } from "../options.js";
import { CARD_COLUMNS } from "./physical-cards.js";
import { PURCHASE_COLUMNS, PURCHASE_KINDS } from "./desk-purchases.js";
import { entryPath, POINT_ENTRY_COLUMNS } from "./point-entries.js";

const CURRENT = ["active", "lost", "mailed"];
const REASON = { prop: "reason", label: "原因", type: "textarea", required: true, max: 200 };
const ID_NUMBER = { prop: "id_number", label: "身份证号", required: true, max: 18, help: "请核对本人证件后输入" };
const NEW_NUMBER = { prop: "new_number", label: "新卡号", max: 24, empty: null, placeholder: "扫描或输入卡面号码，留空自动生成" };
const isOpen = ({ status }) => status !== "closed";
const hasCard = (...states) => ({ cards }) => cards.some(({ state }) => states.includes(state));
const cardsOf = ({ cards }, ...states) => cards.filter(({ state }) => states.includes(state)).map((card) => [card.number, `${card.number}（${card.kind}，${card.state_label}）`]);
const cardField = (member, ...states) => {
  const options = cardsOf(member, ...states);
  return { prop: "number", label: "原卡", type: "select", required: true, options, value: options[0]?.[0] };
};

const FACTS = [
  { label: "卡号", render: ({ card_number }) => linkToMember(card_number) }, { label: "姓名", prop: "name" }, { label: "用户名/昵称", prop: "nickname" },
  { label: "手机", prop: "phone" }, { label: "邮箱", prop: "email" }, { label: "证件号", prop: "id_number" }, { label: "等级", prop: "tier" },
  { label: "归属门店", prop: "shop" }, { label: "累计消费金额", prop: "spent_fen", format: "money" },
  { label: "积分", render: ({ points }) => points.map(({ name, accumulated, available }) => `${name} 可用 ${number(available)}，累计 ${number(accumulated)}`).join("；") || "—" },
  { label: "储值", render: ({ stored_value_frozen: frozen }) => (frozen === null ? "未开户" : frozen ? "已冻结" : "正常") },
  { label: "进行中的申领", render: ({ application }) => application?.label ?? "—" },
  { label: "可升级", render: ({ upgrade }) => upgrade?.name ?? "—" },
  { label: "开卡时间", prop: "joined_at", format: "time" },
];

const bind = (url) => openForm({
  title: "办理实体卡",
  fields: [
    { prop: "kind", label: "卡种", type: "select", required: true, options: () => get(`${url}/kinds`) },
    { prop: "number", label: "卡号", max: 24, empty: null, placeholder: "扫描或输入卡面号码，留空自动生成" },
  ],
  submit: (value) => post(`${url}/cards`, value),
});

const registerId = (url) => openForm({
  title: "登记证件", note: "核对本人证件后登记，挂失、补换卡时用于核对。",
  fields: [{ prop: "name", label: "姓名", required: true, max: 40 }, { prop: "id_number", label: "身份证号", required: true, max: 18 }],
  submit: (value) => put(`${url}/id-number`, value),
});

async function enterPurchase(url) {
  let done = null;
  const outcome = await openForm({
    title: "补录消费", success: "", value: { kind: "ordinary", paid_at: new Date().toISOString() },
    fields: [
      { prop: "slip_number", label: "小票号", required: true, max: 40, help: "每张小票只能录入一次" },
      { prop: "amount_fen", label: "实付金额", type: "money", required: true },
      { prop: "paid_at", label: "消费时间", type: "datetime", required: true },
      { prop: "shop", label: "消费门店", type: "select", remote: (text) => findShops(text, "code"), help: "不选则为会员的归属门店" },
      { prop: "kind", label: "积分类型", type: "select", required: true, options: PURCHASE_KINDS },
      { prop: "bonus_points", label: "赠送积分", type: "number", required: true, min: 1, max: 100_000_000, when: ({ kind }) => kind === "fixed" },
    ],
    submit: async (value) => (done = await post(`${url}/purchases`, value)),
  });
  return outcome ? `已录入，规则积分 ${number(done.rule_points)}，活动积分 ${number(done.bonus_points)}` : false;
}

async function enterReturn(url) {
  let done = null;
  const outcome = await openForm({
    title: "录入退货", success: "", note: "按财务退款单录入，积分按当时的规则扣回。换货请先退货，再补录新的小票。",
    fields: [
      { prop: "slip_number", label: "原小票号", required: true, max: 40 },
      { prop: "refund_slip_number", label: "退款单号", required: true, max: 40 },
      { prop: "refunded_fen", label: "退款金额", type: "money", required: true },
    ],
    submit: async (value) => (done = await post(`${url}/returns`, value)),
  });
  return outcome ? `已录入，扣回积分 ${number(done.points)}` : false;
}

const reportLoss = (url, { stored_value_frozen: frozen }) => openForm({
  title: "挂失", submitLabel: "挂失", note: "会员的实体卡立即停用。",
  fields: [ID_NUMBER, { prop: "freeze_stored_value", label: "同时冻结储值", type: "switch", value: false, when: () => frozen === false }, REASON],
  submit: (value) => post(`${url}/losses`, value),
});

const reinstate = (url, member) => openForm({
  title: "解挂", submitLabel: "解挂",
  fields: [cardField(member, "lost"), ID_NUMBER, { prop: "unfreeze_stored_value", label: "同时解冻储值", type: "switch", value: false, when: () => member.stored_value_frozen === true }, REASON],
  submit: (value) => post(`${url}/reinstatements`, value),
});

const replace = (url, member) => openForm({
  title: "补换卡", submitLabel: "换新卡", note: "原卡号停用，积分、券和储值不变。",
  fields: [cardField(member, "lost", "active"), ID_NUMBER, NEW_NUMBER], submit: (value) => post(`${url}/replacements`, value),
});

const upgrade = (url, member) => openForm({
  title: "升级实体卡", submitLabel: "升级", note: "收回原卡。原卡号停用，仍可查到会员。", value: { kind: member.upgrade?.code },
  fields: [cardField(member, "active"), { prop: "kind", label: "新卡种", type: "select", required: true, options: () => get(`${url}/kinds`) }, ID_NUMBER, NEW_NUMBER],
  submit: (value) => post(`${url}/upgrades`, value),
});

const actions = (url) => [
  { label: "办理实体卡", right: "service_desk.register", show: (member) => isOpen(member) && !hasCard(...CURRENT)(member), run: () => bind(url) },
  { label: "登记证件", right: "service_desk.register", show: (member) => isOpen(member) && !member.has_id_number, run: () => registerId(url) },
  { label: "补录消费", right: "service_desk.purchases", primary: true, show: isOpen, run: () => enterPurchase(url) },
  { label: "录入退货", right: "service_desk.purchases", run: () => enterReturn(url) },
  { label: "挂失", right: "service_desk.cards", danger: true, show: hasCard("active", "mailed"), run: (member) => reportLoss(url, member) },
  { label: "解挂", right: "service_desk.cards", show: hasCard("lost"), run: (member) => reinstate(url, member) },
  { label: "补换卡", right: "service_desk.cards", show: hasCard("lost", "active"), run: (member) => replace(url, member) },
  { label: "升级", right: "service_desk.cards", show: ({ upgrade: due }) => Boolean(due), run: (member) => upgrade(url, member) },
];

const tabs = (card) => [
  { key: "cards", label: "实体卡", render: ({ cards }) => plainTable(cards, CARD_COLUMNS, { emptyText: "没有实体卡", label: "实体卡" }) },
  { key: "purchases", label: "补录消费", right: "desk_purchases.read", render: () => html`<${ListPage} url="/desk-purchases" params=${{ search: card }} columns=${PURCHASE_COLUMNS} rowKey="slip_number" sort="-entered_at" embedded=${true} emptyText="没有补录的消费" />` },
  { key: "points", label: "积分记录", right: "point_entries.read", render: () => html`<${ListPage} url="/point-entries" params=${{ search: card }} columns=${POINT_ENTRY_COLUMNS} rowKey="id" sort="-at" detail=${entryPath} embedded=${true} emptyText="没有积分记录" />` },
];

const component = {
  props: ["params"],
  setup: ({ params }) => {
    const url = `/service-desk/${params.card}`;
    return () => html`<${DetailPage} url=${url} title=${({ display_name, card_number }) => `${display_name || "会员"} ${card_number}`} facts=${FACTS} actions=${actions(url)} tabs=${tabs(params.card)} />`;
  },
};

export default { title: ({ card }) => `服务台 ${card}`, component };
