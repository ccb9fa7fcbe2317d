// The form of a promotion: its fields follow the kind. A draft is saved, or saved and submitted.

import { html } from "../../../m/js/html.js";
import { ApiError, get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { findShops } from "../options.js";
import { fieldOf, newValues, toContent, toValues } from "./content.js";
import { findProducts } from "./goods-select.js";
import { KIND_NAMES, MONTH_DAYS, WEEKDAYS } from "./labels.js";
import { partsField, pricesField, stepsField } from "./rows.js";

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const NO_NAMES = { products: {}, skus: {}, shops: {} };
const STEP_HELP = { reduction: "如满 100 减 20、满 200 减 50", discount: "8.5 为八五折；满 0 则不限门槛", member_day: "8.5 为八五折；满 0 则不限门槛", gift: "满 0 则每单都送；赠品没有库存时不送，付款前会提示顾客。价值是退货时不退赠品要扣的钱" };
const toLabels = (names) => Object.entries(names).map(([value, label]) => ({ value, label }));
const clock = (prop, label, more) => ({ prop, label, max: 5, placeholder: "10:00", half: true, rules: [(text) => (CLOCK.test(text) ? "" : "请写成 09:30 这样的时间")], ...more });

function benefitFields(kind, names) {
  const heading = "优惠内容";
  const perProduct = { prop: "per_product", label: "只算同款商品", type: "switch", help: "关闭则不同商品可以混搭" };
  if (kind === "special_price") return [pricesField(names, { heading })];
  if (kind === "second_half") return [{ ...perProduct, heading }];
  if (kind === "bundle") return [partsField(names, { heading }), { prop: "price_fen", label: "组合价", type: "money", required: true }];
  if (kind === "buy_get") return [
    { prop: "buy", label: "买（件）", type: "number", required: true, min: 1, max: 99, half: true, heading }, { prop: "get", label: "送（件）", type: "number", required: true, min: 1, max: 99, half: true },
    { prop: "get_fold", label: "送的商品打几折", type: "number", required: true, min: 0, max: 9.9, precision: 1, help: "0 为免费，5 为半价；其中最便宜的几件享受" }, perProduct,
  ];
  const steps = ["amount", "units"].map((by) => stepsField(kind, names, by, { when: (typed) => typed.by === by, help: STEP_HELP[kind] }));
  const repeats = { prop: "repeats", label: kind === "gift" ? "每满都送" : "每满都减", type: "switch", help: "只能设置一个档位，如每满 100 减 10" };
  return [{ prop: "by", label: "门槛", type: "select", required: true, options: [["amount", "按金额"], ["units", "按件数"]], heading }, ...steps, ...(["reduction", "gift"].includes(kind) ? [repeats] : [])];
}

function fieldsOf(kind, options, names) {
  const isMemberDay = kind === "member_day";
  const goods = ["special_price", "bundle"].includes(kind) ? [] : [
    { prop: "products", label: "适用商品", type: "multi", empty: [], options: toLabels(names.products), remote: findProducts, help: "商品、分类、商品组都不选则全部商品参加", heading: "适用商品" },
    { prop: "categories", label: "适用分类", type: "multi", empty: [], options: options.categories, half: true },
    { prop: "product_groups", label: "适用商品组", type: "multi", empty: [], options: options.product_groups, half: true },
  ];
  return [
    { prop: "name", label: "促销名称", required: true, max: 40, help: "顾客在商品页、购物车和小票上看到" },
    ...benefitFields(kind, names), ...goods,
    { prop: "starts_at", label: "开始时间", type: "datetime", required: true, half: true, heading: "时间" },
    { prop: "ends_at", label: "结束时间", type: "datetime", required: true, half: true, rules: [(value, typed) => (!typed.starts_at || value > typed.starts_at ? "" : "结束时间应晚于开始时间")] },
    { prop: "weekdays", label: isMemberDay ? "会员日（星期）" : "星期", type: "multi", empty: [], options: WEEKDAYS, half: true, help: "不选则每天" },
    { prop: "month_days", label: isMemberDay ? "会员日（每月）" : "每月几日", type: "multi", empty: [], options: MONTH_DAYS, half: true },
    clock("begins", "每天从", { rules: [(text, typed) => (CLOCK.test(text) && typed.ends ? "" : "请填写开始和结束，如 10:00、22:00")] }), clock("ends", "到", { help: "不填则全天" }),
    { prop: "shops", label: "门店", type: "multi", empty: [], options: toLabels(names.shops), remote: (text) => findShops(text, "code"), help: "不选则全部门店", heading: "门店和顾客" },
    { prop: "channels", label: "渠道", type: "multi", required: true, options: options.channels },
    ...(isMemberDay ? [] : [{ prop: "members_only", label: "仅限会员", type: "switch" }]),
    { prop: "tiers", label: "会员等级", type: "multi", empty: [], options: options.tiers, help: "不选则不限等级" },
    { prop: "limit_per_member", label: kind === "special_price" ? "每人每种商品限购（件）" : "每人限享（次）", type: "number", min: 1, max: 10_000, help: "整个活动期间，不填则不限" },
    { prop: "priority", label: "优先级", type: "number", required: true, min: 1, max: 999, help: "数字小的先算，相同时新建的先算", half: true, heading: "叠加" },
    { prop: "exclusive", label: "排斥其他促销", type: "switch", half: true },
    { prop: "with_coupons", label: "可与优惠券同享", type: "switch", half: true }, { prop: "with_points", label: "可与积分同享", type: "switch", half: true },
    { prop: "with_member_prices", label: "可与会员价同享", type: "switch", half: true }, { prop: "recalculates", label: "部分退货后重新计算", type: "switch", half: true },
    { prop: "cost_centre", label: "成本中心", type: "select", empty: "", options: options.cost_centres, heading: "其他" },
    { prop: "rules_text", label: "活动说明", type: "textarea", max: 2000, help: "展示给顾客" },
  ];
}

/** Name the fields of the form in what the server rejects: of several reasons for one the first, which is the cause. */
async function named(request, typed) {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const rename = (item) => ({ ...item, field: fieldOf(item.field, typed) });
    const first = (one, at, all) => all.findIndex(({ field }) => field === one.field) === at;
    throw new ApiError(error.code, error.msg, error.status, error.data?.field ? { ...rename(error.data), errors: error.data.errors?.map(rename).filter(first) } : error.data);
  }
}

async function open({ title, kind, value, names = NO_NAMES, save }) {
  const options = await get("/promotions/options");
  let saved = null;
  const complete = (typed) => ({ ...typed, kind });
  const keep = async (typed) => (saved = await named(save(toContent(complete(typed)), saved), complete(typed)));
  const outcome = await openForm({
    title, width: "860px", value, fields: fieldsOf(kind, options, names), submitLabel: "保存为草稿", submit: keep,
    extra: { label: "保存并提交审批", submit: async (typed) => { await keep(typed); saved.submits = true; } },
    previewLabel: "预览说明", preview: async (typed) => {
      const { sentence } = await named(post("/promotions/previews", { content: toContent(complete(typed)) }), complete(typed));
      return () => html`<p data-testid="promotion-sentence">${sentence}</p>`;
    },
  });
  if (outcome && saved.submits) await submitPromotion(saved, options.approvers);
  return outcome ? saved : null;
}

/** 提交审批: who approves is chosen among the colleagues who may. */
export async function submitPromotion(row, approvers = null) {
  const choices = approvers ?? (await get("/promotions/options")).approvers;
  return openForm({
    title: `提交审批 ${row.name}`, submitLabel: "提交", note: choices.length ? "审批通过后到开始时间自动生效；提交后不能修改，可以先撤回。" : "没有其他同事有审批权限，请先在用户账号中授权。",
    fields: [{ prop: "approver", label: "审批人", type: "select", required: true, options: choices, value: choices.length === 1 ? choices[0].value : null }],
    submit: (value) => post(`/promotions/${row.id}/submission`, value),
  });
}

/** Returns the row of the draft, or null if nothing was saved. */
export const createPromotion = (kind) => open({
  title: `新建促销 ${KIND_NAMES[kind]}`, kind, value: newValues(kind),
  save: (content, saved) => (saved ? patch(`/promotions/${saved.id}`, { content }) : post("/promotions", { content })),
});

export async function editPromotion({ id }) {
  const { name, kind, content, names } = await get(`/promotions/${id}`);
  return open({ title: `编辑促销 ${name}`, kind, names, value: toValues(content), save: (changed) => patch(`/promotions/${id}`, { content: changed }) });
}
