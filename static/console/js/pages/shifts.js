// 交班记录: the cash of the tills between two counts, with what is missing or too much.

import { html } from "../../../m/js/html.js";
import { ListPage } from "../blocks/list-page.js";
import { choices } from "../labels.js";
import { findShops } from "../options.js";
import { difference } from "../shifts.js";

export const STATES = { open: ["当班", "primary"], closed: ["已交班", "success"] };

const FILTERS = [
  { prop: "search", label: "收银台", placeholder: "终端编号" },
  { prop: "day", label: "开班日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: [...choices(STATES), ["differing", "有长短款"]] },
];
const COLUMNS = [
  { prop: "opened_at", label: "开班时间", phone: true, format: "time", width: 175, sortable: true },
  { prop: "shop", label: "门店", minWidth: 180 },
  { prop: "terminal", label: "收银台", width: 100 },
  { prop: "cashier", label: "开班", width: 100 },
  { prop: "closed_by", label: "交班", width: 100 },
  { prop: "closed_at", label: "交班时间", format: "time", width: 175, sortable: true },
  { prop: "expected_fen", label: "应有现金", format: "money", width: 110 },
  { prop: "counted_fen", label: "实点现金", format: "money", width: 110 },
  { prop: "difference_fen", label: "长短款", phone: true, width: 110, align: "right", sortable: true, render: difference },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
];

const component = () => html`
  <${ListPage} url="/shifts" columns=${COLUMNS} filters=${FILTERS} sort="-opened_at" exportKind="shifts" detail=${({ id }) => `/shifts/${id}`} emptyText="没有交班记录" />`;

export default { title: "交班记录", component };
