// What can be done with an activity, in the list and on its page.

import { del, get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { router } from "../router.js";
import { openMaker, STEP_NAMES } from "./maker.js";

const at = (...states) => ({ state }) => states.includes(state);
const url = ({ id }, step) => `/activities/${id}/${step}`;

const edit = (step) => async ({ id }) => (await openMaker(id, step), "saved");

async function submit(row) {
  const { approvers } = await get("/activities/options");
  return openForm({
    title: `提交审批 ${row.name}`, submitLabel: "提交", note: approvers.length ? "审批通过后即可发布；之后再修改需要重新审批。" : "没有其他同事有审批权限，请先在用户账号中授权。",
    fields: [{ prop: "approver", label: "审批人", type: "select", required: true, options: approvers }],
    submit: (value) => post(url(row, "submission"), value),
  });
}

const stop = (row) => openForm({
  title: `暂停 ${row.name}`, submitLabel: "暂停", note: "立即停止抽奖和领取，已中的奖保留，恢复后可继续。",
  fields: [{ prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 }],
  submit: (value) => post(url(row, "stop"), value),
});

async function increase({ id }) {
  const row = await get(`/activities/${id}`);
  const prizes = row.prizes.map((prize) => ({ prop: prize.id, label: `${prize.name}（份）`, type: "number", required: true, min: prize.quantity, max: 1_000_000, value: prize.quantity }));
  return openForm({
    title: `增加数量 ${row.name}`, note: "发布后的数量只能增加，结束时间只能延后。",
    fields: [{ prop: "total_draws", label: "总抽奖次数", type: "number", required: true, min: row.total_draws, max: 10_000_000 }, { prop: "ends_at", label: "结束时间", type: "datetime", required: true }, ...prizes],
    value: row,
    submit: ({ total_draws, ends_at, ...quantities }) => post(`/activities/${id}/increases`, { total_draws, ends_at, quantities }),
  });
}

async function copy(row) {
  const made = await post(url(row, "copies"));
  router.push(`/activities/${made.id}`);
  return "已复制为草稿";
}

async function remove({ id }) {
  await del(`/activities/${id}`);
  if (router.currentRoute.value.path !== "/activities") router.replace("/activities");
  return router.currentRoute.value.path === "/activities" ? "已删除" : false;
}

export const ACTIVITY_ACTIONS = [
  { label: "编辑", right: "activities.edit", show: at("draft"), run: edit(0) },
  { label: "发布", right: "activities.publish", primary: true, show: at("draft"), confirm: ({ name }) => `发布“${name}”？发布后数量只能增加，其他内容不能修改。`, run: async (row) => (await post(url(row, "publication")), "已发布") },
  { label: "提交审批", right: "activities.edit", show: (row) => row.state === "draft" && row.approval_state !== "submitted", run: submit },
  { label: "暂停", right: "activities.stop", danger: true, show: at("running"), run: stop },
  { label: "恢复", right: "activities.stop", primary: true, show: at("paused"), confirm: ({ name }) => `恢复“${name}”的抽奖和领取？`, run: (row) => del(url(row, "stop")) },
  { label: "增加数量", right: "activities.increase", show: at("running", "paused"), run: increase },
  { label: "复制", right: "activities.create", run: copy },
  { label: "结束", right: "activities.publish", danger: true, show: at("running", "paused"), confirm: ({ name }) => `结束“${name}”？结束后不能再抽奖，未抽出的奖品释放占用，已中的奖在期限内仍可领取。`, run: (row) => post(url(row, "end")) },
  { label: "删除", right: "activities.delete", danger: true, show: at("draft"), confirm: ({ name }) => `确定删除“${name}”？`, run: remove },
];
export const STEP_ACTIONS = STEP_NAMES.slice(1).map((name, index) => ({ label: `编辑${name}`, right: "activities.edit", more: true, show: at("draft"), run: edit(index + 1) }));
