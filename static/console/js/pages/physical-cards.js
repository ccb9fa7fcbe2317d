// 实体卡: all plastic cards with their members and states.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { linkTo } from "../links.js";

const STATES = { stock: ["未激活", "info"], mailed: ["邮寄中", "warning"], active: ["正常", "success"], lost: ["已挂失", "danger"], replaced: ["已换卡", "info"] };
export const listKinds = () => get("/options/card-kinds");
export const CARD_COLUMNS = [
  { prop: "number", label: "实体卡号", phone: true, minWidth: 180 },
  { prop: "kind", label: "卡种", minWidth: 100 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 95 },
  { prop: "issued_at", label: "发卡时间", format: "time", width: 175, sortable: true },
  { prop: "lost_at", label: "挂失时间", format: "time", width: 175 },
  { prop: "replaced_at", label: "换卡时间", format: "time", width: 175 },
];
export const MEMBER_COLUMNS = [
  { prop: "card_number", label: "会员卡号", width: 175, render: ({ card_number }) => linkTo(`/service-desk/${card_number}`, card_number) },
  { prop: "name", label: "姓名/昵称", minWidth: 95 },
  { prop: "shop", label: "归属门店", minWidth: 140 },
];
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "实体卡号、会员卡号或手机", private: true },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "kind", label: "卡种", type: "select", options: listKinds },
  { prop: "issued", label: "发卡日期", type: "dates" },
];
const COLUMNS = [...CARD_COLUMNS.slice(0, 3), ...MEMBER_COLUMNS, ...CARD_COLUMNS.slice(3)];
const component = () => html`
  <${ListPage} url="/physical-cards" columns=${COLUMNS} filters=${FILTERS} rowKey="number" sort="-created_at" exportKind="physical_cards" emptyText="没有符合条件的实体卡" />`;

export default { title: "实体卡", component };
