// 排队类型: for what tickets are taken in each shop, with the QR code for print and the screen.

import { html } from "../../../m/js/html.js";
import { fileUrl, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { findShops } from "../options.js";

const SHOP = { prop: "shop", label: "门店", type: "select", required: true, remote: (text) => findShops(text, "code") };
const FILTERS = [{ ...SHOP, required: false }];
const people = ({ min_people: least, max_people: most }) => (least === null ? "不问人数" : `${least}–${most} 人`);
const COLUMNS = [
  { prop: "letter", label: "字母", phone: true, width: 70 },
  { prop: "name", label: "类型", phone: true, minWidth: 120 },
  { prop: "waiting", label: "在等", phone: true, format: "number", width: 80 },
  { prop: "is_on", label: "状态", width: 90, render: ({ is_on }) => (is_on ? "可取号" : "暂停取号") },
  { prop: "people", label: "人数", width: 110, render: people },
  { prop: "shop", label: "门店", minWidth: 140 },
  { prop: "screen_path", label: "叫号屏", width: 110, render: ({ screen_path }) => html`<a href=${screen_path} target="_blank" rel="noopener">打开叫号屏</a>` },
];
const FIELDS = [
  { prop: "letter", label: "字母", required: true, max: 1, placeholder: "A", help: "号码的开头，如 A001", rules: [(value) => (/^[A-Z]$/.test(value) ? "" : "应为一个大写字母")] },
  { prop: "name", label: "名称", required: true, max: 20, placeholder: "如 小桌" },
  { prop: "min_people", label: "最少人数", type: "number", min: 1, max: 99, help: "两项都不填则不问人数" }, { prop: "max_people", label: "最多人数", type: "number", min: 1, max: 99 },
  { prop: "is_on", label: "可取号", type: "switch", value: true },
];
const CREATE = { label: "新建类型", right: "queue_types.create", open: () => openForm({ title: "新建排队类型", fields: [SHOP, ...FIELDS], submit: (value) => post("/queue-types", value) }) };
const edit = (row) => openForm({ title: `编辑 ${row.letter} ${row.name}`, fields: FIELDS, value: row, submit: (value) => put(`/queue-types/${row.id}`, value) });
const download = ({ id }) => (Object.assign(document.createElement("a"), { href: fileUrl(`/queue-types/${id}/image`), download: "" }).click(), false);
const ACTIONS = [{ label: "编辑", right: "queue_types.edit", run: edit }, { label: "取号二维码", right: "queue_types.read", run: download }];
const component = () => html`<${ListPage} url="/queue-types" columns=${COLUMNS} filters=${FILTERS} rowActions=${ACTIONS} create=${CREATE} emptyText="还没有排队类型" />`;

export default { title: "排队类型", component };
