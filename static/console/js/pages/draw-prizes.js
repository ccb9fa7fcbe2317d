// 中奖记录: the winners, parcels of goods, and goods that a shop gives out for a code.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { PRIZE_KINDS, WIN_STATES } from "../activities/labels.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { linkTo, linkToMember } from "../links.js";
import { findShops } from "../options.js";

const { ElMessageBox } = window.ElementPlus;
const FILTERS = [
  { prop: "search", label: "会员", placeholder: "卡号、手机或领奖码", private: true },
  { prop: "kind", label: "类型", type: "select", options: PRIZE_KINDS },
  { prop: "state", label: "状态", type: "select", options: Object.entries(WIN_STATES).map(([key, [label]]) => [key, label]) },
];
export const WIN_COLUMNS = [
  { prop: "name", label: "奖品", phone: true, minWidth: 140, render: ({ name, amount_fen: fen }) => (fen ? `${name} ${money(fen)} 元` : name) },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: WIN_STATES, width: 90 },
  { prop: "card_number", label: "会员", phone: true, width: 175, render: ({ card_number }) => linkToMember(card_number) },
  { prop: "activity", label: "活动", minWidth: 140, render: ({ activity, activity_id }) => linkTo(`/activities/${activity_id}`, activity) },
  { prop: "kind_label", label: "类型", width: 100 },
  { prop: "way_label", label: "领取方式", width: 100 },
  { prop: "recipient", label: "收件人", width: 100 },
  { prop: "tracking_number", label: "快递", minWidth: 150, render: ({ courier, tracking_number }) => `${courier} ${tracking_number}`.trim() || "—" },
  { prop: "shop", label: "核销门店", minWidth: 120 },
  { prop: "failure", label: "失败原因", minWidth: 140 },
  { prop: "won_at", label: "中奖时间", format: "time", sortable: true, width: 175 },
  { prop: "claimed_at", label: "领取时间", format: "time", width: 175 },
];
const isParcel = (...states) => ({ way, state }) => way === "delivery" && states.includes(state);
const ROW_ACTIONS = [
  { label: "寄出", right: "draw_prizes.ship", show: isParcel("claiming", "claimed"), run: ship },
  { label: "收货地址", right: "draw_prizes.personal_data", show: isParcel("claiming", "claimed"), run: showAddress },
];
const TOOLS = [{ label: "核销领奖码", icon: "tickets", right: "draw_prizes.give_out", run: giveOut }];

function ship(row) {
  return openForm({
    title: `寄出 ${row.name}`, value: row, submit: (value) => post(`/draw-prizes/${row.id}/shipment`, value),
    fields: [{ prop: "courier", label: "快递公司", required: true, max: 40 }, { prop: "tracking_number", label: "快递单号", required: true, max: 40 }],
  });
}

async function showAddress({ id, name }) {
  const { contact } = await get(`/draw-prizes/${id}`);
  const address = `${[...new Set(contact.region)].join("")}${contact.detail}`;
  await ElMessageBox.alert(`${contact.name} ${contact.phone.replace(/^\+86/, "")}，${address}`, `收货地址 ${name}`, { confirmButtonText: "知道了" }).catch(() => null);
  return false;
}

async function giveOut() {
  const { list } = await get("/activities", { page_size: 100 });
  return openForm({
    title: "核销领奖码", submitLabel: "核销",
    fields: [
      { prop: "activity", label: "活动", type: "select", required: true, options: list.filter(({ state }) => state !== "draft").map(({ id, name }) => [id, name]) },
      { prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") },
      { prop: "code", label: "领奖码", required: true, max: 8, placeholder: "8 位数字", rules: [(text) => (/^\d{8}$/.test(text) ? "" : "请填写 8 位数字")] },
    ],
    submit: (value) => post("/draw-prizes/given-out", value),
  });
}

const component = () => html`<${ListPage} url="/draw-prizes" columns=${WIN_COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} tools=${TOOLS} sort="-won_at" exportKind="draw_prizes" emptyText="还没有人中奖" />`;

export default { title: "中奖记录", component };
