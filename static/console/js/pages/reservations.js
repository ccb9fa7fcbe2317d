// 大客户预定: customers who want regular supply or a bulk purchase; followed up on the page of each.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";

export const STATES = {
  submitted: ["待跟进", "danger"], following: ["跟进中", "warning"], agreed: ["已达成", "primary"], completed: ["已完成", "success"], declined: ["未达成", "info"], cancelled: ["已取消", "info"],
};
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "手机号或商品", private: true },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "day", label: "提交日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
];
const COLUMNS = [
  { prop: "name", label: "姓名", phone: true, width: 110 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "goods", label: "商品", phone: true, minWidth: 160 },
  { prop: "quantity", label: "数量", width: 110 },
  { prop: "phone", label: "手机号", width: 125, render: ({ phone }) => phone.replace(/^\+86/, "") },
  { prop: "shop", label: "门店", minWidth: 130 },
  { prop: "created_at", label: "提交时间", format: "time", width: 170, sortable: true },
  { prop: "changed_at", label: "最后跟进", format: "time", width: 170, sortable: true },
];
const component = () => html`
  <${ListPage} url="/reservations" columns=${COLUMNS} filters=${FILTERS} sort="-created_at" exportKind="reservations" detail=${({ id }) => `/reservations/${id}`} emptyText="没有符合条件的预定" />`;

export default { title: "大客户预定", component };
