// 我的登录: where the person is signed in. Each can be ended.

import { html } from "../../../m/js/html.js";
import { del } from "../api.js";
import { ListPage } from "../blocks/list-page.js";

const COLUMNS = [
  { prop: "created_at", label: "登录时间", format: "time", width: 170 },
  { prop: "last_seen_at", label: "最近使用", format: "time", width: 170 },
  { prop: "address", label: "网络地址", width: 150 },
  { prop: "user_agent", label: "浏览器", minWidth: 240 },
  { prop: "is_current", label: "本次登录", format: "yesNo", width: 90 },
];
const ACTIONS = [
  { label: "退出该登录", danger: true, show: ({ is_current }) => !is_current, confirm: "该设备上需要重新登录，确定退出？", run: ({ id }) => del(`/me/sessions/${id}`) },
];

export default { title: "我的登录", component: () => html`<${ListPage} url="/me/sessions" columns=${COLUMNS} rowActions=${ACTIONS} />` };
