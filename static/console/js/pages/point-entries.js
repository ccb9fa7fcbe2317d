// 积分记录: every line of the point ledger.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";

let choices = null;
const choicesOf = (name) => async () => (await (choices ??= get("/point-entries/filters")))[name];

export const POINT_ENTRY_FILTERS = [
  { prop: "group", label: "积分组", type: "select", options: choicesOf("groups") },
  { prop: "kind", label: "操作类型", type: "select", options: choicesOf("kinds") },
  { prop: "direction", label: "积分方向", type: "select", options: [["increase", "增加"], ["decrease", "减少"]] },
  { prop: "day", label: "日期", type: "dates" },
];
const FILTERS = [{ prop: "search", label: "查找", placeholder: "卡号、手机、姓名或订单号", private: true }, ...POINT_ENTRY_FILTERS];

export const signed = (value) => html`<span class=${value > 0 ? "plus" : "minus"}>${value > 0 ? "+" : ""}${number(value)}</span>`;

export const POINT_ENTRY_COLUMNS = [
  { prop: "id", label: "编号", width: 90 },
  { prop: "at", label: "时间", format: "time", width: 175, sortable: true },
  { prop: "label", label: "操作类型", phone: true, minWidth: 95 },
  { prop: "group", label: "积分组", minWidth: 90 },
  { prop: "value", label: "变动值", phone: true, align: "right", width: 100, render: ({ value }) => signed(value) },
  { prop: "remaining", label: "可用余额", format: "number", width: 95 },
  { prop: "upgrade_eligible", label: "可升级", format: "yesNo", width: 80 },
  { prop: "expires_at", label: "失效时间", format: "time", width: 175 },
  { prop: "order_number", label: "订单", minWidth: 130 },
  { prop: "reason", label: "说明", minWidth: 130 },
];
const COLUMNS = [
  POINT_ENTRY_COLUMNS[0],
  { prop: "card_number", label: "会员账号", phone: true, width: 165 },
  { prop: "name", label: "客户", minWidth: 90 },
  ...POINT_ENTRY_COLUMNS.slice(1),
];
export const entryPath = ({ id }) => `/point-entries/${id}`;

const component = () => html`
  <${ListPage} url="/point-entries" columns=${COLUMNS} filters=${FILTERS} sort="-at" exportKind="point_entries" detail=${entryPath} emptyText="没有符合条件的积分记录" />`;

export default { title: "积分记录", component };
