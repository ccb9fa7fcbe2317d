// 积分规则: what purchases earn, multipliers beside them, and what a sale would earn.

import { html } from "../../../m/js/html.js";
import { get, post, put } from "../api.js";
import { DetailDrawer } from "../blocks/detail-page.js";
import { openDialog } from "../blocks/dialogs.js";
import { openForm } from "../blocks/form-dialog.js";
import { ListPage } from "../blocks/list-page.js";
import { money } from "../format.js";
import { listProgrammes, loadLoyaltyOptions, programmeFields, readValidity, validityFields, withFieldNames, writeValidity } from "../loyalty/options.js";
import { listGroupsAndCategories } from "../options.js";
import { END_ACTION, MultiplierList, PERIOD, STATES, STATE_FILTER } from "../loyalty/multipliers.js";
import { earned, trySale } from "../loyalty/sale-preview.js";

const { ElTabPane, ElTabs } = window.ElementPlus;
const { ref } = window.Vue;

const SCOPES = { product: "商品", category: "分类或商品组", shop_group: "门店组", tier_name: "等级" };
const rate = ({ basis, per_units: units, points }) => (basis === "amount" ? `每 ${money(units)} 元 ${points} 分` : `每 ${units} 件 ${points} 分`);
const scope = (row) => Object.entries(SCOPES).filter(([prop]) => row[prop]).map(([prop, label]) => `${label} ${row[prop]}`).join("，") || "全部";

const COLUMNS = [
  { prop: "name", label: "规则名称", phone: true, minWidth: 110, sortable: true },
  { prop: "programme.name", label: "计划", minWidth: 90 },
  { prop: "group.name", label: "积分组", minWidth: 70 },
  { prop: "basis", label: "积分赠与方式", phone: true, minWidth: 115, render: rate },
  { prop: "product", label: "适用范围", minWidth: 80, render: scope },
  { prop: "upgrade_eligible", label: "可升级", format: "yesNo", width: 70 },
  { prop: "cost_centre.name", label: "成本中心", minWidth: 85 },
  { prop: "validity_text", label: "积分有效期", minWidth: 100 },
  { prop: "starts_on", label: "生效期间", width: 120, sortable: true, render: PERIOD },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: STATES, width: 90 },
];
const FILTERS = [
  { prop: "search", label: "规则", placeholder: "规则名称" },
  { prop: "programme", label: "计划", type: "select", options: listProgrammes },
  STATE_FILTER,
];
const ROW_ACTIONS = [
  { label: "编辑", right: "point_rules.edit", show: ({ state }) => state !== "ended", run: edit },
  END_ACTION("/point-rules"),
  { label: "历史版本", show: ({ version }) => version > 1, run: showVersions },
];

const isAmount = ({ basis }) => basis === "amount";

async function formFields(row) {
  const options = await loadLoyaltyOptions();
  const { programme, tier, group } = programmeFields(options, { tier: { withBase: true, help: "不选则所有等级" }, group: { required: true }, fixed: row?.programme.code });
  const centres = options.cost_centres.map(({ code, name }) => [code, name]);
  const kept = row && !centres.some(([code]) => code === row.cost_centre.code) ? [[row.cost_centre.code, row.cost_centre.name]] : [];
  const text = (prop, label) => ({ prop, label, max: 64, empty: null, help: "填写编码，不填则全部" });
  return [
    programme, { prop: "name", label: "规则名称", required: true, max: 60 }, group,
    { prop: "basis", label: "积分赠与方式", type: "select", required: true, value: "amount", options: [["amount", "按金额"], ["quantity", "按数量"]] },
    { prop: "per_fen", label: "每多少元", type: "money", required: true, value: 100, when: isAmount },
    { prop: "per_pieces", label: "每多少件", type: "number", required: true, min: 1, value: 1, when: (typed) => !isAmount(typed) },
    { prop: "points", label: "得多少积分", type: "number", required: true, min: 0, max: 1_000_000, value: 1 },
    { prop: "cost_centre", label: "成本中心", type: "select", required: true, options: [...kept, ...centres] },
    { prop: "upgrade_eligible", label: "可升级", type: "switch", help: "这些积分计入等级评定" },
    text("product", "适用商品"), { prop: "category", label: "适用分类或商品组", type: "select", allowCreate: true, options: listGroupsAndCategories, help: "不选则全部；其他系统的编码可以直接填写" }, text("shop_group", "适用门店组"), tier, ...validityFields(),
    { prop: "starts_on", label: "开始日期", type: "date", help: "不填则立即生效" }, { prop: "ends_on", label: "结束日期", type: "date", help: "不填则一直有效" },
  ];
}

const readRule = ({ per_fen, per_pieces, ...value }) => readValidity({ ...value, per_units: isAmount(value) ? per_fen : per_pieces });

const send = (request, value) => withFieldNames({ per_units: isAmount(value) ? "per_fen" : "per_pieces", validity: "validity_kind" }, () => request(readRule(value)));

const preview = (replaces) => async (value) => {
  const found = await send((rule) => post("/point-rules/previews", { ...rule, replaces }), value);
  return () => html`<div><p>一笔 100.00 元、1 件的消费，按该规则：</p>${earned(found)}</div>`;
};

const create = async () => openForm({ title: "新建积分规则", fields: await formFields(), preview: preview(null), submit: (value) => send((rule) => post("/point-rules", rule), value) });

async function edit(row) {
  const value = { ...writeValidity(row), programme: row.programme.code, group: row.group.code, cost_centre: row.cost_centre.code, per_fen: row.per_units, per_pieces: row.per_units };
  return openForm({
    title: `编辑积分规则 ${row.name}`, fields: await formFields(row), value, preview: preview(Number(row.id)),
    note: "保存后从今天或更晚的开始日期起按新版本计算，以前的积分记录不变。", submit: (typed) => send((rule) => put(`/point-rules/${row.id}`, rule), typed),
  });
}

async function showVersions({ id, name }) {
  const { list } = await get(`/point-rules/${id}/versions`);
  const facts = list.map((row) => ({ label: `版本 ${row.version}`, wide: true, render: () => `${rate(row)}，${scope(row)}，${PERIOD(row)}` }));
  await openDialog(DetailDrawer, { heading: "历史版本", load: async () => ({}), title: () => name, facts });
  return false;
}

const TOOLS = [{ label: "试算", right: "point_rules.read", run: trySale }];

const component = {
  setup() {
    const tab = ref("rules");
    const create_ = { label: "新建积分规则", right: "point_rules.create", open: create };
    return () => html`
      <${ElTabs} modelValue=${tab.value} ...${{ "onUpdate:modelValue": (name) => (tab.value = name) }}>
        ${{ default: () => [
          html`<${ElTabPane} key="rules" name="rules" label="基础规则">${{ default: () => html`<${ListPage} url="/point-rules" columns=${COLUMNS} filters=${FILTERS} rowActions=${ROW_ACTIONS} tools=${TOOLS} embedded=${true} create=${create_} />` }}<//>`,
          html`<${ElTabPane} key="multipliers" name="multipliers" label="多倍积分" lazy=${true}>${{ default: () => html`<${MultiplierList} />` }}<//>`,
        ] }}
      <//>`;
  },
};

export default { title: "积分规则", component };
