// 积分组: kinds of points of a programme.

import { html } from "../../../m/js/html.js";
import { patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { listProgrammes, loadLoyaltyOptions, programmeFields } from "../loyalty/options.js";

const COLUMNS = [
  { prop: "name", label: "名称", phone: true, minWidth: 140, sortable: true },
  { prop: "programme.name", label: "计划", minWidth: 140 },
  { prop: "code", label: "编码", width: 160, sortable: true },
  { prop: "spendable", label: "可兑换", phone: true, format: "yesNo", width: 100 },
];
const FILTERS = [
  { prop: "search", label: "积分组", placeholder: "名称或编码" },
  { prop: "programme", label: "计划", type: "select", options: listProgrammes },
];
const NAME = { prop: "name", label: "名称", required: true, max: 30 };
const FIELDS = [
  NAME, { prop: "code", label: "编码", required: true, max: 30, help: "保存后不能修改" },
  { prop: "spendable", label: "可兑换", type: "switch", value: true, help: "成长值等只用来评定等级的，请关闭。保存后不能修改" },
];
const ROW_ACTIONS = [{ label: "编辑", right: "point_groups.edit", run: edit }];

async function create() {
  const { programme } = programmeFields(await loadLoyaltyOptions());
  return openForm({ title: "新建积分组", fields: [programme, ...FIELDS], note: "每名会员会得到一个该组的账户。", submit: (value) => post("/point-groups", value) });
}

function edit(row) {
  return openForm({ title: `编辑积分组 ${row.code}`, fields: [NAME], value: row, submit: (value) => patch(`/point-groups/${row.id}`, value) });
}

const component = () => html`
  <${ListPage} url="/point-groups" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} create=${{ label: "新建积分组", right: "point_groups.create", open: create }} />`;

export default { title: "积分组", component };
