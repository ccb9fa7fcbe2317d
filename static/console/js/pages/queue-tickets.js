// 排队记录: the tickets of all days; they are called at the till.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";

const STATES = {
  waiting: ["等待中", "warning"], called: ["请就位", "primary"], served: ["已就位", "success"], skipped: ["已过号", "danger"], left: ["已取消", "info"], expired: ["已过期", "info"],
};
const FILTERS = [
  { prop: "search", label: "号码", placeholder: "如 A001" },
  { prop: "day", label: "日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(STATES) },
];
const COLUMNS = [
  { prop: "code", label: "号码", phone: true, width: 90 },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
  { prop: "type", label: "类型", phone: true, minWidth: 120 },
  { prop: "shop", label: "门店", minWidth: 140 },
  { prop: "people", label: "人数", format: "number", width: 80 },
  { prop: "calls", label: "叫号次数", format: "number", width: 95 },
  { prop: "taken_at", label: "取号时间", format: "time", width: 170, sortable: true },
  { prop: "called_at", label: "最后叫号", format: "time", width: 170 },
  { prop: "ended_at", label: "结束时间", format: "time", width: 170 },
];
const component = () => html`<${ListPage} url="/queue-tickets" columns=${COLUMNS} filters=${FILTERS} sort="-taken_at" exportKind="queue_tickets" emptyText="没有符合条件的排队号" />`;

export default { title: "排队记录", component };
