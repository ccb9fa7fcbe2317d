// 实体卡申领: applications for plastic cards, their review, mailing and receipt.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { linkTo } from "../links.js";
import { listKinds } from "./physical-cards.js";

const { ElMessageBox } = window.ElementPlus;
const STATES = {
  submitted: ["资料已提交", "warning"], approved: ["审核通过", "primary"], rejected: ["已退回", "danger"], mailed: ["已邮寄", "primary"],
  received: ["已收到", "success"], cancelled: ["已取消", "info"],
};
const PURPOSES = [["new", "申领"], ["replacement", "补换"], ["upgrade", "升级"]];
const FILTERS = [
  { prop: "search", label: "查找", placeholder: "申请单、会员卡号或手机", private: true },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
  { prop: "purpose", label: "类型", type: "select", options: PURPOSES },
  { prop: "kind", label: "卡种", type: "select", options: listKinds },
  { prop: "submitted", label: "提交日期", type: "dates" },
];
const COLUMNS = [
  { prop: "card_number", label: "会员卡号", phone: true, width: 170, render: ({ card_number }) => linkTo(`/service-desk/${card_number}`, card_number) },
  { prop: "purpose", label: "类型", width: 70 },
  { prop: "kind", label: "卡种", width: 95 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 105 },
  { prop: "name", label: "姓名", width: 85 },
  { prop: "phone", label: "手机", width: 120 },
  { prop: "address", label: "地区", minWidth: 130 },
  { prop: "submitted_at", label: "提交时间", format: "time", width: 170, sortable: true },
  { prop: "reason", label: "退回原因", minWidth: 120 },
  { prop: "courier", label: "快递", minWidth: 130, render: ({ courier, tracking_number }) => (courier ? `${courier} ${tracking_number}` : "—") },
  { prop: "new_card", label: "新卡号", width: 180 },
  { prop: "mailed_at", label: "邮寄时间", format: "time", width: 170 },
  { prop: "received_at", label: "收到时间", format: "time", width: 170 },
  { prop: "operator", label: "处理人", width: 100 },
  { prop: "number", label: "申请单", width: 250 },
];
const path = ({ number }) => `/card-applications/${number}`;
const is = (...states) => ({ state }) => states.includes(state);
const ROW_ACTIONS = [
  { label: "通过", right: "card_applications.approve", show: is("submitted"), confirm: "资料无误，通过这份申请？", run: (row) => post(`${path(row)}/approval`) },
  { label: "退回", right: "card_applications.approve", danger: true, show: is("submitted", "approved"), run: reject },
  { label: "邮寄", right: "card_applications.edit", show: is("approved"), run: mail },
  { label: "确认收到", right: "card_applications.edit", show: is("mailed"), confirm: "会员已收到卡？确认后新卡号可用，原卡停用。", run: (row) => post(`${path(row)}/receipt`) },
  { label: "看个人信息", right: "card_applications.personal_data", show: is("submitted", "approved", "rejected", "mailed"), run: showPersonalData },
];

function reject(row) {
  return openForm({
    title: "退回申领", submitLabel: "退回", fields: [{ prop: "reason", label: "原因", type: "textarea", required: true, max: 200, help: "会员会看到，并可修改后再次提交" }],
    submit: (value) => post(`${path(row)}/rejection`, value),
  });
}

function mail(row) {
  return openForm({
    title: "登记邮寄", submitLabel: "已邮寄",
    fields: [
      { prop: "courier", label: "快递公司", required: true, max: 30 },
      { prop: "tracking_number", label: "快递单号", required: true, max: 40 },
      { prop: "card_number", label: "卡号", max: 24, empty: null, placeholder: "扫描或输入卡面号码，留空自动生成" },
    ],
    submit: (value) => post(`${path(row)}/mailing`, value),
  });
}

async function showPersonalData(row) {
  const { name, id_number, phone, email, address } = await post(`${path(row)}/personal-data`);
  const lines = [["姓名", name], ["证件号", id_number], ["手机", phone], ["邮箱", email], ["地址", address]];
  const content = window.Vue.h("div", lines.map(([label, value]) => window.Vue.h("p", `${label}：${value ?? "—"}`)));
  await ElMessageBox.alert(content, "申领资料", { confirmButtonText: "知道了" }).catch(() => null);
  return false;
}

const component = () => html`
  <${ListPage} url="/card-applications" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} rowKey="number" sort="-submitted_at" exportKind="card_applications" emptyText="没有符合条件的申领" />`;

export default { title: "实体卡申领", component };
