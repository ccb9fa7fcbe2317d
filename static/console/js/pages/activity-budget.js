// One budget with every entry.

import { html } from "../../../m/js/html.js";
import { DetailPage } from "../blocks/detail-page.js";
import { ListPage } from "../blocks/list-page.js";

const FACTS = [
  { label: "总额", prop: "total_fen", format: "money" }, { label: "可用", prop: "free_fen", format: "money" }, { label: "占用", prop: "reserved_fen", format: "money" },
  { label: "已付", prop: "paid_fen", format: "money" }, { label: "成本中心", prop: "cost_centre" }, { label: "创建时间", prop: "created_at", format: "time" },
];
const COLUMNS = [
  { prop: "at", label: "时间", phone: true, format: "time", width: 175, sortable: true }, { prop: "kind", label: "变动", phone: true, width: 140 }, { prop: "amount_fen", label: "金额", phone: true, format: "money", width: 130 },
  { prop: "reason", label: "原因", minWidth: 160 }, { prop: "subject", label: "对象", minWidth: 200 }, { prop: "by", label: "操作人", width: 140 },
];
const TABS = [{ key: "entries", label: "流水", render: ({ id }) => html`<${ListPage} url=${`/activity-budgets/${id}/entries`} columns=${COLUMNS} sort="-at" embedded=${true} emptyText="没有流水" />` }];

const component = {
  props: ["params"],
  setup: ({ params }) => () => html`<${DetailPage} url=${`/activity-budgets/${params.id}`} title=${({ name }) => name} facts=${FACTS} tabs=${TABS} />`,
};

export default { title: "活动预算", component };
