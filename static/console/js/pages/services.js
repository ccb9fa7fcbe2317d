// 预约服务: what can be booked in each shop; the days are opened on the page of a service.

import { html } from "../../../m/js/html.js";
import { post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { FORM, fromFormRows, toFormRows } from "../bookings/windows-field.js";
import { findShops } from "../options.js";

const SHOP = { prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") };
const FILTERS = [
  { prop: "search", label: "服务", placeholder: "名称" },
  { ...SHOP, required: false },
  { prop: "is_on", label: "状态", type: "select", options: [["yes", "可预约"], ["no", "已停用"]] },
];
const COLUMNS = [
  { prop: "name", label: "服务", phone: true, minWidth: 160 },
  { prop: "shop", label: "门店", phone: true, minWidth: 140 },
  { prop: "is_on", label: "状态", phone: true, width: 90, render: ({ is_on }) => (is_on ? "可预约" : "已停用") },
  { prop: "duration_minutes", label: "时长（分钟）", format: "number", width: 110 },
  { prop: "step_minutes", label: "间隔（分钟）", format: "number", width: 110 },
  { prop: "capacity", label: "同时人数", format: "number", width: 90 },
  { prop: "needs_review", label: "要确认", format: "yesNo", width: 80 },
  { prop: "daily_limit", label: "每人每天", width: 90, render: ({ daily_limit }) => (daily_limit ? `${daily_limit} 次` : "不限") },
  { prop: "open_days", label: "已开放", width: 90, render: ({ open_days }) => `${open_days} 天` },
];
const whole = (prop, label, min, max, value, help) => ({ prop, label, type: "number", required: true, min, max, value, help });
const FIELDS = [
  { prop: "name", label: "名称", required: true, max: 40 },
  { prop: "description", label: "说明", type: "textarea", max: 300, rows: 2 },
  whole("duration_minutes", "时长（分钟）", 5, 1440, 60), whole("step_minutes", "每隔多久一个时段（分钟）", 5, 1440, 30),
  whole("capacity", "同时最多预约", 1, 1000, 1, "一个预约在整个时长里都占一个名额"),
  whole("daily_limit", "每人每天最多预约", 0, 20, 1, "0 为不限"), whole("lead_minutes", "最晚提前（分钟）", 0, 10080, 0),
  { prop: "needs_review", label: "预约后由门店确认", type: "switch" }, { prop: "is_on", label: "可预约", type: "switch", value: true },
  FORM,
];
const CREATE = {
  label: "新建服务", right: "services.create",
  open: () => openForm({ title: "新建服务", width: "760px", fields: [SHOP, ...FIELDS], submit: (value) => post("/services", toBody(value)) }),
};

export const edit = (row) => openForm({
  title: `编辑 ${row.name}`, width: "760px", fields: FIELDS, value: { ...row, form_rows: toFormRows(row.form) }, note: "已有的预约时间不变。",
  submit: (value) => put(`/services/${row.id}`, toBody(value)),
});

const toBody = ({ form_rows, ...rest }) => ({ ...rest, description: rest.description ?? "", form: fromFormRows(form_rows) });
const ACTIONS = [{ label: "编辑", right: "services.edit", run: edit }];
const component = () => html`
  <${ListPage} url="/services" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIONS} create=${CREATE} detail=${({ id }) => `/services/${id}`} emptyText="还没有预约服务" />`;

export default { title: "预约服务", component };
