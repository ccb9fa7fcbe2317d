// 用户协议: the versions of both texts. A new version is what everybody is asked to accept from then on.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { openDialog } from "../blocks/dialogs.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { time } from "../format.js";

const MAX_LENGTH = 50_000;
const NOTE = "发布后，顾客在提交手机号之前须重新同意。已发布的版本不能修改。";

const COLUMNS = [
  { prop: "title", label: "协议", width: 140 },
  { prop: "version", label: "版本", width: 100, render: ({ version }) => `第 ${version} 版` },
  { prop: "is_current", label: "状态", width: 100, format: "tag", tags: { true: ["当前", "success"], false: ["历史", "info"] } },
  { prop: "published_at", label: "发布时间", minWidth: 180, render: ({ published_at: at }) => (at ? time(at) : "系统自带") },
];
const ROW_ACTIONS = [
  { label: "查看", run: show },
  { label: "发布新版本", right: "agreements.publish", show: ({ is_current }) => is_current, run: publish },
];

const read = ({ kind, version }) => get(`/agreements/${kind}/versions/${version}`);

async function show(row) {
  await openDialog(DetailDrawer, {
    heading: "协议正文", load: () => read(row), title: ({ title, version }) => `${title} 第 ${version} 版`,
    facts: [{ label: "正文", wide: true, render: ({ text }) => html`<div class="long-text">${text}</div>` }],
  });
  return false;
}

async function publish(row) {
  const current = await read(row);
  return openForm({
    title: `发布新的${row.title}`, note: NOTE, width: "760px", submitLabel: "发布", value: current,
    fields: [{ prop: "text", label: "正文", type: "textarea", rows: 18, max: MAX_LENGTH, required: true }],
    submit: (value) => post(`/agreements/${row.kind}/versions`, value),
  });
}

const component = () => html`<${ListPage} url="/agreements" columns=${COLUMNS} rowActions=${ROW_ACTIONS} />`;

export default { title: "用户协议", component };
