// 我的导出: the person's own exports, with their files for a week.

import { html } from "../../../m/js/html.js";
import { del, fileUrl } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";

const STATES = { waiting: ["排队中", "info"], running: ["生成中", "primary"], done: ["已完成", "success"], failed: ["失败", "danger"], cancelled: ["已取消", "info"] };
const UNFINISHED = ["waiting", "running"];

const COLUMNS = [
  { prop: "title", label: "内容", minWidth: 140 },
  { prop: "state", label: "状态", format: "tag", tags: STATES, width: 95 },
  { prop: "rows_done", label: "进度", width: 170, align: "right", render: ({ rows_done: done, rows_total: total }) => `${number(done)} / ${number(total)} 行` },
  { prop: "created_at", label: "申请时间", format: "time", width: 175 },
  { prop: "finished_at", label: "完成时间", format: "time", width: 175 },
  { prop: "error", label: "原因", minWidth: 160 },
];
const ACTIONS = [
  { label: "下载", show: ({ state }) => state === "done", run: download },
  { label: "取消", danger: true, show: ({ state }) => UNFINISHED.includes(state), confirm: "确定取消这份导出？", run: ({ id }) => del(`/exports/${id}`) },
];

async function download({ id }) {
  Object.assign(document.createElement("a"), { href: fileUrl(`/exports/${id}/file`), download: "" }).click();
  return false;
}

const component = () => html`<${ListPage} url="/exports" columns=${COLUMNS} rowActions=${ACTIONS} note="文件保存 7 天。" emptyText="还没有导出" />`;

export default { title: "我的导出", component };
