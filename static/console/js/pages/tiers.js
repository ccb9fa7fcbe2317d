// 等级: rank, validity and discount of each tier of a programme.

import { html } from "../../../m/js/html.js";
import { del, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { listProgrammes, loadLoyaltyOptions, programmeFields, readValidity, validityFields, VALIDITY_KINDS, withFieldNames, writeValidity } from "../loyalty/options.js";

const COLUMNS = [
  { prop: "name", label: "名称", phone: true, minWidth: 110, sortable: true },
  { prop: "programme.name", label: "计划", minWidth: 120 },
  { prop: "code", label: "等级编码", width: 120, sortable: true },
  { prop: "rank", label: "等级次序", width: 105, format: "number", sortable: true },
  { prop: "is_base", label: "基础等级", format: "yesNo", width: 90 },
  { prop: "validity", label: "有效期类型", width: 105, render: VALIDITY_KINDS },
  { prop: "validity_text", label: "有效期", phone: true, minWidth: 170 },
  { prop: "discount_percent", label: "等级折扣", width: 95, render: ({ discount_percent: off }) => (off ? `${(100 - off) / 10} 折` : "无") },
];
const FILTERS = [
  { prop: "search", label: "等级", placeholder: "名称或编码" },
  { prop: "programme", label: "计划", type: "select", options: listProgrammes },
];
const ROW_ACTIONS = [
  { label: "编辑", right: "tiers.edit", run: edit },
  { label: "删除", right: "tiers.delete", danger: true, show: ({ is_base }) => !is_base, confirm: ({ name }) => `确定删除等级“${name}”？`, run: ({ id }) => del(`/tiers/${id}`) },
];
const NAMES = { validity: "validity_kind" };
const NAME = { prop: "name", label: "名称", required: true, max: 30 };
const CODE = { prop: "code", label: "等级编码", required: true, max: 30, help: "保存后不能修改" };
const rank = (required) => ({
  prop: "rank", label: "等级次序", type: "number", required, min: 0, max: 1000, help: required ? "数字越大等级越高" : "数字越大等级越高，不填则排在最高",
});
const DISCOUNT = { prop: "discount_percent", label: "等级折扣", type: "number", required: true, min: 0, max: 100, value: 0, help: "从原价减去的百分数，5 为 9.5 折，0 为没有折扣" };

async function create() {
  const { programme } = programmeFields(await loadLoyaltyOptions());
  return openForm({
    title: "新建等级", fields: [programme, NAME, CODE, rank(false), ...validityFields(), DISCOUNT],
    submit: (value) => withFieldNames(NAMES, () => post("/tiers", readValidity(value))),
  });
}

function edit(row) {
  const fields = [NAME, rank(true), ...validityFields({ when: () => !row.is_base }), DISCOUNT];
  return openForm({
    title: `编辑等级 ${row.code}`, fields, value: writeValidity(row), note: "已有的等级记录保持不变，新的有效期从下一次升级或保级开始。",
    submit: (value) => withFieldNames(NAMES, () => patch(`/tiers/${row.id}`, readValidity(value))),
  });
}

const component = () => html`
  <${ListPage} url="/tiers" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} sort="-rank" create=${{ label: "新建等级", right: "tiers.create", open: create }} />`;

export default { title: "等级", component };
