// What can be done with a promotion, in the list and on its page.

import { del, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { router } from "../router.js";
import { editPromotion, submitPromotion } from "./form.js";

const at = (...stages) => ({ stage }) => stages.includes(stage);
const url = ({ id }, step) => `/promotions/${id}/${step}`;

const pause = (row) => openForm({
  title: `暂停 ${row.name}`, submitLabel: "暂停", note: "立即停止：新的订单不再享受，已下的订单不受影响；恢复后可继续。",
  fields: [{ prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 }],
  submit: (value) => post(url(row, "pause"), value),
});

async function copy(row) {
  const made = await post(url(row, "copies"));
  router.push(`/promotions/${made.id}`);
  return "已复制为草稿";
}

async function remove({ id }) {
  await del(`/promotions/${id}`);
  if (router.currentRoute.value.path === "/promotions") return "已删除";
  router.replace("/promotions");
  return false;
}

export const PROMOTION_ACTIONS = [
  { label: "编辑", right: "promotions.edit", show: ({ state }) => ["draft", "rejected"].includes(state), run: async (row) => ((await editPromotion(row)) ? "saved" : false) },
  { label: "提交审批", right: "promotions.edit", primary: true, show: ({ state }) => ["draft", "rejected"].includes(state), run: (row) => submitPromotion(row) },
  { label: "撤回", right: "promotions.edit", show: at("submitted"), confirm: ({ name }) => `撤回“${name}”的审批？撤回后可以修改。`, run: (row) => post(url(row, "withdrawal")) },
  { label: "暂停", right: "promotions.stop", danger: true, show: ({ state, stage }) => state === "approved" && stage !== "over", run: pause },
  { label: "恢复", right: "promotions.stop", primary: true, show: at("paused"), confirm: ({ name }) => `恢复“${name}”？`, run: (row) => del(url(row, "pause")) },
  { label: "复制", right: "promotions.create", run: copy },
  { label: "结束", right: "promotions.stop", danger: true, show: ({ state, stage }) => ["approved", "paused"].includes(state) && stage !== "over", confirm: ({ name }) => `结束“${name}”？结束后不能恢复，已下的订单不受影响。`, run: (row) => post(url(row, "end")) },
  { label: "删除", right: "promotions.delete", danger: true, show: ({ can_delete: canDelete }) => canDelete, confirm: ({ name }) => `确定删除“${name}”？`, run: remove },
];
