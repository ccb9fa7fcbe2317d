// 实体卡种: kinds of plastic cards, each of a tier.

import { html } from "../../../m/js/html.js";
import { get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";

const COLUMNS = [
  { prop: "code", label: "编码", width: 160 },
  { prop: "name", label: "名称", phone: true, minWidth: 140 },
  { prop: "tier", label: "对应等级", phone: true, minWidth: 120 },
  { prop: "is_active", label: "状态", phone: true, format: "tag", tags: { true: ["发卡中", "success"], false: ["已停用", "info"] }, width: 100 },
  { prop: "created_at", label: "创建时间", format: "time", width: 180 },
];
const NAME = { prop: "name", label: "名称", required: true, max: 30 };
const ROW_ACTIONS = [{ label: "编辑", right: "card_kinds.edit", run: edit }];

const create = () => openForm({
  title: "新建卡种",
  fields: [
    { prop: "code", label: "编码", required: true, max: 30, help: "保存后不能修改" }, NAME,
    { prop: "tier", label: "对应等级", type: "select", required: true, options: () => get("/card-kinds/tiers"), help: "达到该等级的会员可以领取，保存后不能修改" },
  ],
  submit: (value) => post("/card-kinds", value),
});

function edit(row) {
  return openForm({
    title: `编辑卡种 ${row.code}`, value: row, fields: [NAME, { prop: "is_active", label: "可发卡", type: "switch", help: "停用后不再发卡和申领，已发的卡不变" }],
    submit: ({ name, is_active }) => patch(`/card-kinds/${encodeURIComponent(row.code)}`, { name, is_active }),
  });
}

const component = () => html`
  <${ListPage} url="/card-kinds" columns=${COLUMNS} rowActions=${ROW_ACTIONS} rowKey="code" create=${{ label: "新建卡种", right: "card_kinds.create", open: create }} emptyText="还没有卡种" />`;

export default { title: "实体卡种", component };
