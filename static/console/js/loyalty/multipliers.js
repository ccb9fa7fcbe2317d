// 多倍积分: more points on a birthday, in a period or for a tier. A tab of the point rules.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { today } from "../format.js";
import { listProgrammes, loadLoyaltyOptions, programmeFields } from "./options.js";

export const STATES = { active: ["进行中", "success"], upcoming: ["未开始", "warning"], ended: ["已结束", "info"] };
export const STATE_FILTER = { prop: "state", label: "状态", type: "select", options: Object.entries(STATES).map(([value, [label]]) => [value, label]) };
export function PERIOD({ starts_on: first, ends_on: last }) {
  if (first && last && last < first) return "未生效"; // a version that was replaced before it began
  return first || last ? `${first ?? "即日"} 至 ${last ?? "另行通知"}` : "一直适用";
}

/** 停用: with a last day, today at first. */
export const END_ACTION = (url) => ({
  label: "停用", right: "point_rules.delete", danger: true, show: ({ state }) => state !== "ended",
  run: ({ id, name }) => openForm({
    title: `停用 ${name}`, submitLabel: "停用", fields: [{ prop: "last_day", label: "最后一天", type: "date", required: true, value: today(), help: "这一天仍然有效" }],
    submit: (value) => post(`${url}/${id}/ending`, value),
  }),
});

const OCCASIONS = [["birthday_day", "生日当天"], ["birthday_month", "生日当月"], ["period", "活动期间"], ["tier", "等级"]];
const LABELS = Object.fromEntries(OCCASIONS);

const COLUMNS = [
  { prop: "name", label: "名称", minWidth: 130, sortable: true },
  { prop: "programme.name", label: "计划", minWidth: 110 },
  { prop: "group.name", label: "积分组", minWidth: 90 },
  { prop: "occasion", label: "适用", minWidth: 130, render: ({ occasion, tier_name: tier }) => (tier ? `${LABELS[occasion]} ${tier}` : LABELS[occasion]) },
  { prop: "percent", label: "倍数", width: 90, align: "right", render: ({ percent }) => `${percent / 100} 倍` },
  { prop: "cost_centre.name", label: "成本中心", minWidth: 110 },
  { prop: "starts_on", label: "生效期间", width: 205, sortable: true, render: PERIOD },
  { prop: "state", label: "状态", format: "tag", tags: STATES, width: 90 },
];
const FILTERS = [
  { prop: "search", label: "名称", placeholder: "名称" },
  { prop: "programme", label: "计划", type: "select", options: listProgrammes },
  STATE_FILTER,
];

async function create() {
  const options = await loadLoyaltyOptions();
  const { programme, tier, group } = programmeFields(options, { tier: { withBase: true, required: true, when: ({ occasion }) => occasion === "tier" }, group: { required: true } });
  const fields = [
    programme, { prop: "name", label: "名称", required: true, max: 60 }, group,
    { prop: "occasion", label: "适用", type: "select", required: true, value: "period", options: OCCASIONS }, tier,
    { prop: "percent", label: "倍数（%）", type: "number", required: true, min: 101, max: 10_000, value: 200, help: "200 为 2 倍，多出的部分记为促销积分" },
    { prop: "cost_centre", label: "成本中心", type: "select", required: true, options: options.cost_centres.map(({ code, name }) => [code, name]) },
    { prop: "starts_on", label: "开始日期", type: "date", help: "活动期间必填" }, { prop: "ends_on", label: "结束日期", type: "date", help: "活动期间必填" },
  ];
  return openForm({ title: "新建多倍积分", fields, submit: (value) => post("/point-multipliers", value) });
}

const CREATE = { label: "新建多倍积分", right: "point_rules.create", open: create };
const ROW_ACTIONS = [END_ACTION("/point-multipliers")];

export const MultiplierList = () => html`
  <${ListPage} url="/point-multipliers" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} embedded=${true} create=${CREATE} />`;
