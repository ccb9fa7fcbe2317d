// What can be done with a flash sale, in the list and on its page.

import { del, get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { router } from "../router.js";
import { openMaker } from "./maker.js";

const at = (...states) => ({ state }) => states.includes(state);
const url = ({ id }, step) => `/flash-sales/${id}/${step}`;
const LIST = "/flash-sales";

const edit = async ({ id }) => ((await openMaker(id)) ? "saved" : false);

async function submit(row) {
  const { approvers } = await get("/flash-sales/options");
  return openForm({
    title: `提交审批 ${row.name}`, submitLabel: "提交", note: approvers.length ? "审批通过后立即发布，并从各门店预留库存。" : "没有其他同事有审批权限，请先在用户账号中授权。",
    fields: [{ prop: "approver", label: "审批人", type: "select", required: true, options: approvers }],
    submit: (value) => post(url(row, "submission"), value),
  });
}

const stop = (row) => openForm({
  title: `停止 ${row.name}`, submitLabel: "停止", note: "立即停止抢购，不能恢复；剩余的件数退回门店，已下的订单保留。",
  fields: [{ prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 }],
  submit: (value) => post(url(row, "stop"), value),
});

async function copy(row) {
  const made = await post(url(row, "copies"));
  router.push(`${LIST}/${made.id}`);
  return "已复制为草稿";
}

async function remove({ id }) {
  await del(`${LIST}/${id}`);
  if (router.currentRoute.value.path !== LIST) router.replace(LIST);
  return router.currentRoute.value.path === LIST ? "已删除" : false;
}

export const FLASH_ACTIONS = [
  { label: "编辑", right: "flash_sales.edit", show: at("draft"), run: edit },
  { label: "提交审批", right: "flash_sales.edit", primary: true, show: at("draft"), run: submit },
  { label: "停止", right: "flash_sales.stop", danger: true, show: at("published"), run: stop },
  { label: "复制", right: "flash_sales.create", run: copy },
  { label: "删除", right: "flash_sales.delete", danger: true, show: at("draft"), confirm: ({ name }) => `确定删除“${name}”？`, run: remove },
];
