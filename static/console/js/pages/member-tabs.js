// The tabs of a member's page: paged lists with the columns of their own pages.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { fail } from "../feedback.js";
import { ORDER_KINDS, ORDER_STATES } from "../labels.js";
import { linkTo } from "../links.js";
import { MEMBER_COLUMNS, MEMBER_FILTERS } from "../messages/columns.js";
import { entryPath, POINT_ENTRY_COLUMNS, POINT_ENTRY_FILTERS } from "./point-entries.js";
import { TIER_RECORD_COLUMNS } from "./tier-records.js";

const linkToOrder = ({ order_number: number }) => linkTo(`/orders/${number}`, number);

const IDENTITIES = [
  { prop: "provider", label: "类型", width: 120 },
  { prop: "account", label: "渠道账号", minWidth: 140 },
  { prop: "subject", label: "标识", minWidth: 120 },
  { prop: "bound_at", label: "绑定时间", format: "time", width: 175 },
  { prop: "unbound_at", label: "解绑时间", format: "time", width: 175 },
];
const COUPONS = [
  { prop: "code", label: "券码", width: 165 },
  { prop: "name", label: "优惠券名称", minWidth: 130 },
  { prop: "kind", label: "类型", width: 85 },
  { prop: "benefit", label: "优惠内容", minWidth: 130 },
  { prop: "label", label: "状态", width: 100 },
  { prop: "received_at", label: "领取时间", format: "time", width: 175 },
  { prop: "ends_at", label: "失效时间", format: "time", width: 175 },
  { prop: "used_at", label: "使用时间", format: "time", width: 175 },
  { prop: "order_number", label: "订单", minWidth: 190, render: linkToOrder },
];
const COUPON_FILTERS = [{ prop: "state", label: "状态", type: "select", options: [["available", "可用"], ["gifting", "转赠中"], ["used", "已使用"], ["expired", "已失效"]] }];
const GIFTS = [
  { prop: "direction", label: "方向", width: 80, render: ({ direction }) => (direction === "given" ? "送出" : "收到") },
  { prop: "coupon_code", label: "券码", width: 165 },
  { prop: "other", label: "对方会员", minWidth: 160 },
  { prop: "label", label: "状态", width: 110 },
  { prop: "offered_at", label: "发起时间", format: "time", width: 175 },
  { prop: "accepted_at", label: "接受时间", format: "time", width: 175 },
];
const VALUES = [
  { prop: "booked_at", label: "时间", format: "time", width: 175 },
  { prop: "label", label: "类型", width: 100 },
  { prop: "principal_fen", label: "本金变动", format: "money", width: 110 },
  { prop: "bonus_fen", label: "赠金变动", format: "money", width: 110 },
  { prop: "balance_fen", label: "余额", format: "money", width: 110 },
  { prop: "order_number", label: "订单", minWidth: 190, render: linkToOrder },
  { prop: "shop", label: "门店", minWidth: 120 },
  { prop: "reason", label: "说明", minWidth: 140 },
];
const ORDERS = [
  { prop: "number", label: "订单号", width: 190, render: ({ number }) => linkTo(`/orders/${number}`, number) },
  { prop: "kind", label: "类型", width: 80, render: ({ kind }) => ORDER_KINDS[kind] ?? kind },
  { prop: "shop", label: "门店", minWidth: 130 },
  { prop: "list_fen", label: "原价", format: "money", width: 110 },
  { prop: "discount_fen", label: "优惠", format: "money", width: 110 },
  { prop: "total_fen", label: "应收", format: "money", width: 110 },
  { prop: "spend_fen", label: "实收", format: "money", width: 110 },
  { prop: "state", label: "状态", format: "tag", tags: ORDER_STATES, width: 90 },
  { prop: "placed_at", label: "下单时间", format: "time", width: 175 },
];
const CHECK_INS = [
  { prop: "day", label: "日期", format: "date", width: 130 },
  { prop: "at", label: "签到时间", format: "time", width: 175 },
  { prop: "streak", label: "连续天数", format: "number", width: 100 },
  { prop: "points", label: "积分", format: "number", width: 100 },
  { prop: "extra", label: "额外积分", format: "number", width: 100 },
  { prop: "source", label: "来源", minWidth: 120 },
];
const CONSENTS = [
  { prop: "title", label: "协议", minWidth: 140 },
  { prop: "version", label: "版本", format: "number", width: 80 },
  { prop: "channel", label: "渠道", minWidth: 120 },
  { prop: "accepted_at", label: "同意时间", format: "time", width: 175 },
  { prop: "ended_at", label: "撤回时间", format: "time", width: 175 },
];
export const BEHAVIOURS = [
  { prop: "at", label: "发生时间", format: "time", width: 175 },
  { prop: "label", label: "行为类型", width: 130 },
  { prop: "channel", label: "来源渠道", minWidth: 120 },
  { prop: "shop", label: "发生门店", minWidth: 120 },
  { prop: "tiers", label: "变化前/后等级", minWidth: 130 },
  { prop: "facts", label: "内容", minWidth: 260 },
];
export const BEHAVIOUR_FILTERS = [
  { prop: "kind", label: "行为类型", type: "select", options: () => get("/behaviours/kinds") },
  { prop: "day", label: "日期", type: "dates" },
];
const MERGES = [
  { prop: "id", label: "编号", width: 80 },
  { prop: "merged_at", label: "合并时间", format: "time", width: 175 },
  { prop: "duplicate", label: "并入的卡号", minWidth: 170 },
  { prop: "proof", label: "依据", minWidth: 140 },
  { prop: "moved", label: "转移记录", format: "number", width: 90 },
  { prop: "undone_at", label: "撤销时间", format: "time", width: 175 },
  { prop: "undone_by", label: "撤销人", width: 100 },
  { prop: "undo_reason", label: "撤销原因", minWidth: 140 },
];

const list = (url, columns, properties = {}) => html`<${ListPage} url=${url} columns=${columns} embedded=${true} ...${properties} />`;

/** Show what would go back, then ask for the reason. */
async function undo(url, { id }) {
  const { restored, blockers } = await get(`${url}/merges/${id}/undo`);
  if (blockers.length) {
    fail({ msg: `不能撤销：${blockers.join("；")}` });
    return false;
  }
  return openForm({
    title: `撤销合并 ${id}`, submitLabel: "撤销合并", note: `将退回 ${restored} 条记录，合并之后的新记录留在本会员。`,
    fields: [{ prop: "reason", label: "撤销原因", type: "textarea", required: true, max: 200 }],
    submit: (value) => post(`${url}/merges/${id}/undo`, value),
  });
}

export function memberTabs(url, card) {
  const mine = { search: card };
  const mergeActions = (reload) => [{
    label: "撤销合并", right: "members.merge", show: ({ undone_at }) => !undone_at,
    run: async (row) => { const outcome = await undo(url, row); if (outcome) reload(); return outcome; },
  }];
  return [
    { key: "points", label: "积分记录", right: "point_entries.read", render: () => list("/point-entries", POINT_ENTRY_COLUMNS, { params: mine, filters: POINT_ENTRY_FILTERS, sort: "-at", detail: entryPath }) },
    { key: "tiers", label: "会员等级", right: "tier_records.read", render: () => list("/tier-records", TIER_RECORD_COLUMNS, { params: mine, sort: "-started_at" }) },
    { key: "coupons", label: "优惠券", right: "coupons.read", render: () => list(`${url}/coupons`, COUPONS, { rowKey: "code", filters: COUPON_FILTERS }) },
    { key: "gifts", label: "转赠记录", right: "coupon_gifts.read", render: () => list(`${url}/coupon-gifts`, GIFTS) },
    { key: "value", label: "储值", right: "stored_value.read", render: () => list(`${url}/stored-value`, VALUES) },
    { key: "orders", label: "会员交易", right: "orders.read", render: () => list(`${url}/orders`, ORDERS, { rowKey: "number" }) },
    { key: "behaviours", label: "行为记录", right: "behaviours.read", render: () => list(`${url}/behaviours`, BEHAVIOURS, { filters: BEHAVIOUR_FILTERS }) },
    { key: "messages", label: "消息", right: "messages.read", render: () => list("/messages", MEMBER_COLUMNS, { rowKey: "number", params: { member: card }, filters: MEMBER_FILTERS, sort: "-created_at" }) },
    { key: "check-ins", label: "签到", render: () => list(`${url}/check-ins`, CHECK_INS) },
    { key: "identities", label: "第三方账号", render: () => list(`${url}/identities`, IDENTITIES) },
    { key: "consents", label: "协议", render: () => list(`${url}/consents`, CONSENTS) },
    { key: "merges", label: "合并", render: (data, reload) => list(`${url}/merges`, MERGES, { rowActions: mergeActions(reload) }) },
  ];
}
