// The maker of an activity: basic data, draws, prizes and shops, a form each. Every step saves the draft.

import { html } from "../../../m/js/html.js";
import { get, patch, post } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { findShops } from "../options.js";
import { uploadPicture } from "../upload.js";
import { PrizesInput } from "./prizes-input.js";

const count = (prop, label, more = {}) => ({ prop, label, type: "number", required: true, min: 0, max: 100, ...more });

const basicFields = ({ cost_centres: centres }) => [
  { prop: "name", label: "活动名称", required: true, max: 40 },
  { prop: "look", label: "样式", type: "select", required: true, options: [["wheel", "大转盘"], ["grid", "九宫格"]], value: "wheel" },
  { prop: "starts_at", label: "开始时间", type: "datetime", required: true, half: true },
  { prop: "ends_at", label: "结束时间", type: "datetime", required: true, half: true, rules: [(value, typed) => (!typed.starts_at || value > typed.starts_at ? "" : "结束时间应晚于开始时间")], help: "结束后 7 天内仍可领奖" },
  { prop: "rules_text", label: "活动规则", type: "textarea", rows: 5, required: true, max: 5000, help: "展示给顾客：谁能参加、怎样参加、奖品、领取方式和期限" },
  { prop: "cover_url", label: "封面", type: "picture", upload: uploadPicture },
  { prop: "share_title", label: "分享标题", max: 40 },
  { prop: "share_picture_url", label: "分享图片", type: "picture", upload: uploadPicture },
  { prop: "cost_centre", label: "成本中心", type: "select", options: centres },
];

const drawFields = ({ share_chances_on: byShare, follow_chances_on: byFollow, platform_rule: rule }) => [
  { prop: "total_draws", label: "总抽奖次数", type: "number", required: true, min: 1, max: 10_000_000, help: "不少于奖品总数。每种奖品的中奖概率 = 剩余数量 ÷ 剩余次数", heading: "次数" },
  count("draws_per_day", "每人每天最多", { min: 1, value: 3, half: true }),
  { prop: "draws_per_member", label: "每人全程最多", type: "number", min: 1, max: 10_000, help: "不填则不限", half: true },
  { prop: "draws_per_device", label: "每台设备每天最多", type: "number", min: 1, max: 1000, value: 10, help: "不填则不限" },
  { prop: "members_only", label: "仅限会员", type: "switch", value: true },
  count("free_per_day", "每天免费次数", { value: 1, heading: "怎样获得次数" }),
  count("points_price", "积分抽奖：每次所需积分", { max: 100_000, value: 0, half: true, help: "0 为不开放" }),
  count("points_draws_per_day", "积分抽奖：每天最多", { value: 0, half: true }),
  count("scan_chances", "到店扫码每天得", { value: 0 }),
  count("purchase_chances", "每笔消费得", { value: 0, half: true }),
  { prop: "purchase_min_fen", label: "消费至少", type: "money", value: 0, half: true },
  count("share_chances", "好友打开分享得", { value: 0, disabled: !byShare, half: true, help: byShare ? rule : `${rule}未开启，请在“参数设置”中确认` }),
  count("share_friends_per_day", "每天最多几位好友", { value: 3, min: 1, max: 20, disabled: !byShare, half: true }),
  count("follow_chances", "首次关注得", { value: 0, disabled: !byFollow, help: byFollow ? rule : "未开启，请在“参数设置”中确认" }),
];

const prizeFields = ({ coupon_rules: rules, budgets }) => [
  { prop: "prizes", label: "奖品", type: "custom", value: [], empty: [], required: true, render: (value, set) => html`<${PrizesInput} value=${value} rules=${rules} onChanged=${set} />` },
  { prop: "budget", label: "红包预算", type: "select", options: budgets, help: "有现金红包时必选", rules: [] },
];

const shopFields = () => [
  { prop: "shops", label: "参加门店", type: "multi", remote: (text) => findShops(text, "code"), help: "不选则全部门店参加。到店扫码、消费得次数和到店领奖只限这些门店", empty: [] },
];

const STEPS = [["基础信息", basicFields], ["抽奖次数", drawFields], ["奖品", prizeFields], ["门店", shopFields]];
export const STEP_NAMES = STEPS.map(([name]) => name);

/** One step as a form. Returns "next", "saved" or false. */
async function openStep(step, options, content, save) {
  const [name, fieldsOf] = STEPS[step];
  const isLast = step === STEPS.length - 1;
  let outcome = false;
  const keep = (way) => async (typed) => {
    await save(normalize(typed));
    outcome = way;
  };
  const saved = await openForm({
    title: `${content.name ?? "新建抽奖活动"} · 第 ${step + 1} 步，共 ${STEPS.length} 步：${name}`, width: "760px", fields: fieldsOf(options), value: content,
    submitLabel: isLast ? "完成" : "下一步", submit: keep(isLast ? "saved" : "next"), success: "", extra: isLast ? undefined : { label: "保存为草稿", submit: keep("saved") },
  });
  return saved ? outcome : false;
}

const normalize = (typed) => ({ ...typed, ...("purchase_min_fen" in typed && { purchase_min_fen: typed.purchase_min_fen ?? 0 }) });

/** Walk through the steps from one on. Returns the id of the draft, or null if nothing was saved. */
export async function openMaker(id = null, first = 0) {
  const options = await get("/activities/options");
  let made = id, step = first, outcome = "next";
  while (outcome === "next" && step < STEPS.length) {
    const content = made ? (await get(`/activities/${made}`)).content : {};
    outcome = await openStep(step, options, content, async (typed) => {
      const row = made ? await patch(`/activities/${made}`, { content: typed }) : await post("/activities", { content: typed });
      made = row.id;
    });
    step += 1;
  }
  return made;
}
