// 活动预算: what there is for red packets, what activities have reserved, and what was paid.

import { html } from "../../../m/js/html.js";
import { get, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";

const FILTERS = [{ prop: "search", label: "预算", placeholder: "名称" }];
const COLUMNS = [
  { prop: "name", label: "预算", phone: true, minWidth: 160, sortable: true },
  { prop: "total_fen", label: "总额", phone: true, format: "money", width: 130 }, { prop: "free_fen", label: "可用", phone: true, format: "money", width: 130 },
  { prop: "reserved_fen", label: "占用", format: "money", width: 130 }, { prop: "paid_fen", label: "已付", format: "money", width: 130 },
  { prop: "cost_centre", label: "成本中心", minWidth: 120 }, { prop: "created_at", label: "创建时间", format: "time", width: 175, sortable: true },
];
const AMOUNT = { prop: "amount_fen", label: "金额", type: "money", required: true };
const ROW_ACTIONS = [{ label: "增加预算", right: "activity_budgets.edit", run: increase }];

async function create() {
  const { cost_centres: centres } = await get("/activities/options");
  return openForm({
    title: "新建活动预算", submit: (value) => post("/activity-budgets", value),
    fields: [{ prop: "name", label: "名称", required: true, max: 40 }, AMOUNT, { prop: "cost_centre", label: "成本中心", type: "select", options: centres }],
  });
}

function increase({ id, name }) {
  return openForm({
    title: `增加预算 ${name}`, submit: (value) => post(`/activity-budgets/${id}/increases`, value),
    fields: [AMOUNT, { prop: "reason", label: "原因", type: "textarea", rows: 2, required: true, max: 200 }],
  });
}

const component = () => html`
  <${ListPage} url="/activity-budgets" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} detail=${({ id }) => `/activity-budgets/${id}`} emptyText="还没有预算"
    create=${{ label: "新建预算", right: "activity_budgets.create", open: create }} note="发布活动时按红包的最大金额占用；领取后转为已付，过期、退回和未抽出的释放。" />`;

export default { title: "活动预算", component };
