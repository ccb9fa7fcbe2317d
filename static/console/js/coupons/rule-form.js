// The form of a coupon rule with the phone beside it: a draft is saved, or saved and submitted.

import { html } from "../../../m/js/html.js";
import { ApiError, get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { findShops, listGroups } from "../options.js";
import { uploadPicture } from "../upload.js";
import { LivePreview } from "./live-preview.js";
import { KIND_OPTIONS, VALIDITY_KINDS, toOptions } from "./labels.js";
import { fieldOf, newValues, parseHours, toTerms, toValues } from "./rule-terms.js";

const { ElColorPicker } = window.ElementPlus;
const is = (name, ...values) => (typed) => values.includes(typed[name]);
const WEEKDAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"].map((label, index) => [index + 1, label]);
/** The one choice, null if there are several. */
const onlyOf = (choices) => {
  const open = choices.filter(({ disabled }) => !disabled);
  return open.length === 1 ? open[0].value : null;
};
const CODES = "多个编码用换行、空格或逗号分开";

const colourInput = (value, set) => html`
  <${ElColorPicker} modelValue=${value} colorFormat="hex" ariaLabel="颜色" ...${{ "onUpdate:modelValue": (colour) => set(colour?.toUpperCase() ?? null) }} /><span class="value">${value}</span>`;

/** `kind` of a copy or an edit stays; programmes are offered only if there are several. */
function fieldsOf({ programmes, cost_centres, rules }, { isNew }) {
  return [
    { prop: "kind", label: "类型", type: "select", required: true, options: KIND_OPTIONS, heading: "优惠内容" },
    { prop: "name", label: "优惠券名称", required: true, max: 15 },
    { prop: "title", label: "副标题", max: 9 },
    ...(isNew && programmes.length > 1 ? [{ prop: "programme", label: "会员计划", type: "select", required: true, options: programmes, value: programmes[0].value }] : []),
    { prop: "off_fen", label: "减多少", type: "money", required: true, when: is("kind", "amount_off") },
    { prop: "fold", label: "打几折", type: "number", required: true, min: 0.1, max: 9.9, precision: 1, help: "8 为八折，8.5 为八五折", when: is("kind", "percent_off") },
    { prop: "max_fen", label: "最多减", type: "money", help: "不填则不封顶", when: is("kind", "percent_off") },
    { prop: "exchanged", label: "兑换商品编码", type: "textarea", rows: 2, required: true, help: CODES, when: is("kind", "exchange") },
    { prop: "quantity", label: "最多兑换件数", type: "number", min: 1, max: 99, when: is("kind", "exchange") },
    { prop: "price_fen", label: "每件加价", type: "money", help: "不填则免费兑换", when: is("kind", "exchange") },
    { prop: "worth_fen", label: "面值", type: "money", required: true, when: is("kind", "voucher") },
    { prop: "threshold_fen", label: "满多少可用", type: "money", help: "不填则无门槛" },
    { prop: "stock", label: "发行总量（张）", type: "number", min: 1, max: 100_000_000, help: "不填则不限量", heading: "发放" },
    { prop: "is_public", label: "公开领取", type: "switch" },
    { prop: "claims_per_member", label: "每人限领（张）", type: "number", required: true, min: 1, max: 1000, when: is("is_public", true) },
    { prop: "by_campaign", label: "活动发券", type: "switch", help: "可由员工、批次或活动发放", rules: [(value, typed) => (value || typed.is_public ? "" : "请选择公开领取或活动发券")] },
    { prop: "validity_kind", label: "有效期类型", type: "select", required: true, options: toOptions(VALIDITY_KINDS), heading: "有效期与可用时段" },
    { prop: "first_day", label: "开始日期", type: "date", required: true, when: is("validity_kind", "fixed") },
    { prop: "after_days", label: "领取几天后可用", type: "number", min: 0, max: 3650, help: "0 为领取当天", when: is("validity_kind", "days", "until", "unlimited") },
    { prop: "days", label: "有效天数", type: "number", required: true, min: 1, max: 3650, when: is("validity_kind", "days") },
    { prop: "last_day", label: "截止日期", type: "date", required: true, when: is("validity_kind", "fixed", "until") },
    { prop: "weekdays", label: "可用星期", type: "multi", options: WEEKDAYS, help: "不选则每天可用" },
    { prop: "hours", label: "可用时段", max: 200, placeholder: "11:00-14:00 17:00-20:00", help: "不填则全天可用；多段用空格分开", rules: [(text) => (parseHours(text) ? "" : "请写成 11:00-14:00")] },
    { prop: "shops", label: "可用门店", type: "multi", remote: (text) => findShops(text, "code"), help: "不选则全部门店可用", heading: "门店与商品" },
    { prop: "products", label: "可用商品编码", type: "textarea", rows: 2, help: `不填则全部商品可用；${CODES}`, when: is("kind", "amount_off", "percent_off", "voucher") },
    { prop: "product_groups", label: "可用商品组", type: "multi", empty: [], allowCreate: true, options: listGroups, help: "其他系统的组编码可以直接填写", when: is("kind", "amount_off", "percent_off", "voucher") },
    { prop: "others", label: "与其他优惠券", type: "select", required: true, options: [["none", "不可同用"], ["any", "可以同用"], ["chosen", "仅与指定券同用"]], heading: "使用规则" },
    { prop: "rules", label: "可同用的券", type: "multi", required: true, options: rules, when: is("others", "chosen") },
    { prop: "promotions", label: "与促销同享", type: "switch" },
    { prop: "per_order", label: "每单限用（张）", type: "number", required: true, min: 1, max: 20 },
    { prop: "can_return", label: "退款时退券", type: "switch" },
    { prop: "return_days", label: "使用后几天内退款可退券", type: "number", required: true, min: 0, max: 3650, when: is("can_return", true) },
    { prop: "can_gift", label: "可转赠", type: "switch" },
    { prop: "gift_hours", label: "转赠几小时内领取", type: "number", required: true, min: 1, max: 720, when: is("can_gift", true) },
    { prop: "cost_centre", label: "成本中心", type: "select", required: true, options: cost_centres, value: onlyOf(cost_centres), heading: "成本" },
    { prop: "cost_fen", label: "单张成本", type: "money" },
    { prop: "colour", label: "颜色", type: "custom", render: colourInput, heading: "券面与说明" },
    { prop: "logo_url", label: "标志图片", type: "picture", upload: uploadPicture },
    { prop: "picture_url", label: "广告图片", type: "picture", upload: uploadPicture },
    { prop: "content", label: "详情描述", type: "textarea" },
    { prop: "instructions", label: "使用须知", type: "textarea" },
    { prop: "disclaimer", label: "免责声明", type: "textarea" },
    { prop: "service_phone", label: "客服电话", max: 20 },
  ];
}

/** Name the fields of the form in what the server rejects. */
async function named(request) {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const rename = (item) => ({ ...item, field: fieldOf(item.field) });
    const data = error.data?.field ? { ...rename(error.data), errors: error.data.errors?.map(rename) } : error.data;
    throw new ApiError(error.code, error.msg, error.status, data);
  }
}

async function open({ title, value, isNew, save }) {
  const options = await get("/coupon-rules/options");
  let saved = null;
  const keep = async (typed) => (saved = await named(save(typed, saved)));
  const outcome = await openForm({
    title, width: "1000px", value, fields: fieldsOf(options, { isNew }), submitLabel: "保存为草稿",
    aside: (typed) => html`<${LivePreview} typed=${typed} />`, submit: keep,
    extra: { label: "保存并提交审核", submit: async (typed) => { await keep(typed); saved.submits = true; } },
  });
  return outcome && saved.submits ? submitRule(saved, options.approvers) : outcome;
}

/** 提交审核: who approves is chosen among the colleagues who may. */
export async function submitRule(rule, approvers = null) {
  const choices = approvers ?? (await get("/coupon-rules/options")).approvers;
  const outcome = await openForm({
    title: `提交审核 ${rule.name}`, submitLabel: "提交", note: choices.length ? "提交后不能修改，直到审批完成或撤回。" : "没有其他同事有审批权限，请先在用户账号中授权。",
    fields: [{ prop: "approver", label: "审批人", type: "select", required: true, options: choices, value: onlyOf(choices) }],
    submit: ({ approver }) => post(`/coupon-rules/${rule.id}/submission`, { approver }),
  });
  return outcome || (approvers ? "saved" : false); // the draft itself was saved
}

export const createRule = (kind = "amount_off") => open({
  title: "新建优惠券", isNew: true, value: { ...newValues(), kind },
  save: ({ programme, ...typed }, saved) => (saved ? patch(`/coupon-rules/${saved.id}`, { terms: toTerms(typed) }) : post("/coupon-rules", { terms: toTerms(typed), ...(programme ? { programme } : {}) })),
});

export async function editRule({ id }) {
  const { name, terms } = await get(`/coupon-rules/${id}`);
  return open({ title: `编辑优惠券 ${name}`, isNew: false, value: toValues(terms), save: (typed) => patch(`/coupon-rules/${id}`, { terms: toTerms(typed) }) });
}
