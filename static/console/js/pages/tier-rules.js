// 升降级规则: what a member needs for a tier, with a preview of who would move.

import { html } from "../../../m/js/html.js";
import { del, fileUrl, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { openImport } from "../blocks/import-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money, number } from "../format.js";
import { listProgrammes, loadLoyaltyOptions, programmeFields, withFieldNames } from "../loyalty/options.js";

const BASES = [["points", "累计积分"], ["spend", "消费金额"], ["purchases", "消费次数"]];
const BASIS_LABELS = Object.fromEntries(BASES);
const CSV_COLUMNS = ["规则名称", "等级编码", "条件", "积分组编码", "最近天数", "起", "止"];
const amount = ({ basis }, value) => (value === null ? "不限" : basis === "spend" ? `${money(value)} 元` : number(value));

const COLUMNS = [
  { prop: "name", label: "规则名称", phone: true, minWidth: 130, sortable: true, render: ({ name, description }) => name || description },
  { prop: "programme.name", label: "计划", minWidth: 110 },
  { prop: "tier.name", label: "等级", phone: true, minWidth: 90, sortKey: "rank", sortable: true },
  { prop: "basis", label: "条件", width: 140, render: ({ basis, group }) => (group ? `${BASIS_LABELS[basis]}（${group.name}）` : BASIS_LABELS[basis]) },
  { prop: "window_days", label: "计算周期", width: 115, render: ({ window_days: days }) => `最近 ${days} 天` },
  { prop: "at_least", label: "起（含）", width: 120, align: "right", render: (row) => amount(row, row.at_least) },
  { prop: "below", label: "止（不含）", width: 120, align: "right", render: (row) => amount(row, row.below) },
  { prop: "is_enabled", label: "状态", phone: true, format: "tag", tags: { true: ["启用", "success"], false: ["停用", "info"] }, width: 75 },
];
const FILTERS = [
  { prop: "search", label: "规则", placeholder: "规则或等级名称" },
  { prop: "programme", label: "计划", type: "select", options: listProgrammes },
  { prop: "enabled", label: "状态", type: "select", options: [["true", "启用"], ["false", "停用"]] },
];
const enable = (enabled) => ({ id }) => put(`/tier-rules/${id}/enablement`, { enabled });
const ROW_ACTIONS = [
  { label: "编辑", right: "tier_rules.edit", run: edit },
  { label: "停用", right: "tier_rules.edit", show: ({ is_enabled }) => is_enabled, confirm: "停用后不再按该规则升级和保级，会员现有等级到期前不变。确定停用？", run: enable(false) },
  { label: "启用", right: "tier_rules.edit", show: ({ is_enabled }) => !is_enabled, run: enable(true) },
  { label: "删除", right: "tier_rules.delete", danger: true, confirm: ({ name }) => `确定删除规则“${name}”？会员现有等级到期前不变。`, run: ({ id }) => del(`/tier-rules/${id}`) },
];

const isSpend = ({ basis }) => basis === "spend";
const isCount = (typed) => !isSpend(typed);

async function formFields(fixed) {
  const { programme, tier, group } = programmeFields(await loadLoyaltyOptions(), { tier: { required: true }, group: { required: true, when: ({ basis }) => basis === "points" }, fixed });
  return [
    programme, { prop: "name", label: "规则名称", required: true, max: 60 }, tier,
    { prop: "basis", label: "条件", type: "select", required: true, value: "spend", options: BASES }, group,
    { prop: "window_days", label: "计算周期（最近多少天）", type: "number", required: true, min: 1, max: 3650, value: 365 },
    { prop: "at_least_fen", label: "起（含）", type: "money", required: true, when: isSpend },
    { prop: "below_fen", label: "止（不含）", type: "money", help: "不填则没有上限", when: isSpend },
    { prop: "at_least", label: "起（含）", type: "number", required: true, min: 1, when: isCount },
    { prop: "below", label: "止（不含）", type: "number", min: 2, help: "不填则没有上限", when: isCount },
  ];
}

const readRule = ({ at_least_fen, below_fen, ...value }) => (isSpend(value) ? { ...value, at_least: at_least_fen, below: below_fen } : value);

/** Send a rule; an error of an amount is shown beside its field. */
const send = (request, value) => withFieldNames(isSpend(value) ? { at_least: "at_least_fen", below: "below_fen" } : {}, () => request(readRule(value)));

const preview = (replaces) => (value) => send(async (rule) => {
  const { moving, total, shifts } = await post("/tier-rules/previews", { ...rule, replaces });
  return () => html`
    <p>${total.toLocaleString("zh-CN")} 名会员中，按新规则有 <strong>${moving.toLocaleString("zh-CN")}</strong> 名的等级会变：达到更高等级的下次入账时升级，其余到期时再评定。</p>
    ${shifts.length > 0 && html`
      <table class="plain-table">
        <thead><tr><th>现在</th><th>按新规则</th><th class="number">会员数</th></tr></thead>
        <tbody>${shifts.map(({ before, after, members }) => html`<tr key=${before + after}><td>${before}</td><td>${after}</td><td class="number">${members.toLocaleString("zh-CN")}</td></tr>`)}</tbody>
      </table>`}`;
}, value);

const create = async () => openForm({ title: "新建升降级规则", fields: await formFields(), preview: preview(null), submit: (value) => send((rule) => post("/tier-rules", rule), value) });

async function edit(row) {
  const { at_least, below, basis } = row;
  const bounds = basis === "spend" ? { at_least_fen: at_least, below_fen: below, at_least: null, below: null } : {};
  return openForm({
    title: `编辑规则 ${row.name}`, fields: await formFields(row.programme.code), preview: preview(Number(row.id)),
    value: { ...row, programme: row.programme.code, tier: row.tier.code, group: row.group?.code, ...bounds },
    submit: (value) => send((rule) => put(`/tier-rules/${row.id}`, rule), value),
  });
}

/** Import rules into a programme, which is asked for if there are several. */
async function importRules() {
  const options = await loadLoyaltyOptions();
  let programme = options.programmes[0]?.code;
  if (options.programmes.length > 1) {
    const chosen = await openForm({
      title: "选择会员计划", submitLabel: "下一步", success: "", fields: [programmeFields(options).programme],
      submit: async (value) => (programme = value.programme),
    });
    if (!chosen) return false;
  }
  return openImport({
    title: "导入升降级规则", url: "/tier-rules/imports", columns: CSV_COLUMNS, template: fileUrl("/tier-rules/imports/template"), params: { programme },
    note: "同名的规则会被修改，文件里没有的规则不变。金额以元为单位。",
  });
}
const TOOLS = [{ label: "导入", icon: "upload", right: "tier_rules.create", run: importRules }];

const component = () => html`
  <${ListPage} url="/tier-rules" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} tools=${TOOLS} create=${{ label: "新建规则", right: "tier_rules.create", open: create }}
    note="只判定启用的规则；同一条件的范围不能重叠。" />`;

export default { title: "升降级规则", component };
