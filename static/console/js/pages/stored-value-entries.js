// 储值明细: every change of stored value, of all members.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices, ENTRY_KINDS } from "../labels.js";
import { linkTo } from "../links.js";
import { findShops } from "../options.js";

/** The filters beside those that name the member. */
export const OWN_FILTERS = [
  { prop: "kind", label: "类型", type: "select", options: choices(ENTRY_KINDS) },
  { prop: "day", label: "日期", type: "dates" },
];
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "卡号、手机或单号", private: true }, ...OWN_FILTERS,
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
];
export const COLUMNS = [
  { prop: "booked_at", label: "时间", format: "time", width: 170, sortable: true },
  { prop: "label", label: "类型", phone: true, width: 110 },
  { prop: "principal_fen", label: "本金变动", phone: true, format: "money" },
  { prop: "bonus_fen", label: "赠金变动", phone: true, format: "money" },
  { prop: "held_fen", label: "预扣变动", format: "money" },
  { prop: "order_number", label: "单号", width: 190 },
  { prop: "shop", label: "门店", minWidth: 180 },
  { prop: "operator", label: "操作人", width: 120 },
  { prop: "reason", label: "说明", minWidth: 150 },
];
const CARD = { prop: "card_number", label: "会员卡号", width: 180, render: ({ card_number }) => linkTo(`/stored-value/${card_number}`, card_number) };

const component = () => html`
  <${ListPage} url="/stored-value-entries" columns=${[COLUMNS[0], CARD, ...COLUMNS.slice(1)]} filters=${FILTERS} sort="-booked_at" exportKind="stored_value_entries" emptyText="没有符合条件的储值明细" />`;

export default { title: "储值明细", component };
