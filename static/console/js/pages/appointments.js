// 预约: what customers have booked, and what staff decide.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";

const STATES = {
  requested: ["待确认", "warning"], confirmed: ["已预约", "primary"], arrived: ["已到店", "success"], no_show: ["未到店", "danger"], rejected: ["未通过", "info"],
  cancelled: ["已取消", "info"], expired: ["已失效", "info"],
};
const FILTERS = [
  { prop: "search", label: "手机号", placeholder: "完整的手机号", private: true },
  { prop: "day", label: "预约日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const COLUMNS = [
  { prop: "when", label: "预约时间", phone: true, width: 130, sortable: true, sortKey: "starts_at" },
  { prop: "name", label: "姓名", phone: true, width: 90 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "service", label: "服务", minWidth: 130 },
  { prop: "shop", label: "门店", minWidth: 130 },
  { prop: "phone", label: "手机号", width: 125, render: ({ phone }) => phone.replace(/^\+86/, "") },
  { prop: "answers", label: "表单内容", minWidth: 160 },
  { prop: "reason", label: "原因", minWidth: 120 },
  { prop: "booked_at", label: "提交时间", format: "time", width: 170, sortable: true },
];
const move = (step) => ({ id }) => post(`/appointments/${id}/${step}`);
const explain = (step, title) => ({ id, name, when }) => openForm({
  title: `${title} · ${name} ${when}`, fields: [{ prop: "reason", label: "原因", required: true, max: 80, help: "顾客会看到" }],
  submit: (value) => post(`/appointments/${id}/${step}`, value),
});
const action = (name, label, run, more = {}) => ({ label, right: "appointments.edit", show: ({ actions }) => actions.includes(name), run, ...more });
const ACTIONS = [
  action("confirm", "确认", move("confirmation")), action("arrive", "到店", move("arrival")),
  action("miss", "未到店", move("no-show"), { confirm: ({ name, when }) => `${name} ${when} 没有到店？` }),
  action("reject", "拒绝", explain("rejection", "拒绝预约")), action("cancel", "取消", explain("cancellation", "取消预约"), { danger: true }),
];
const component = () => html`<${ListPage} url="/appointments" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIONS} sort="-starts_at" exportKind="appointments" emptyText="没有符合条件的预约" />`;

export default { title: "预约", component };
