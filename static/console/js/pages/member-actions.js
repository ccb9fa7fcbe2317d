// What staff may do with a member: profile, points, coupons, tier, freezing, merging, closing, erasure.

import { html } from "../../../m/js/html.js";
import { del, get, patch, post, put } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { succeed } from "../feedback.js";
import { money, number, text, time } from "../format.js";

const isOpen = ({ status }) => status !== "closed";
const REASON = { prop: "reason", label: "原因", type: "textarea", required: true, max: 200 };
const PROFILE_FIELDS = [
  { prop: "name", label: "姓名", max: 40 },
  { prop: "nickname", label: "昵称", max: 40 },
  { prop: "gender", label: "性别", type: "select", options: [["male", "男"], ["female", "女"]] },
  { prop: "birthday", label: "生日", type: "date" },
  { prop: "email", label: "邮箱", max: 120 },
  { prop: "id_number", label: "身份证号", max: 18, help: "核对证件后填写" },
  { prop: "province", label: "省份", max: 40 },
  { prop: "city", label: "城市", max: 40 },
  { prop: "address", label: "地址", max: 200 },
];
const SHOWN = ["nickname", "gender", "province", "city"];

/** Masked values are placeholders: what is left empty stays as it is. */
function editProfile(url, member, done) {
  const fields = PROFILE_FIELDS.map((field) => (SHOWN.includes(field.prop) ? field : { ...field, placeholder: member[field.prop] ?? "" }));
  return openForm({
    title: "编辑资料", fields, value: Object.fromEntries(SHOWN.map((prop) => [prop, member[prop]])), note: "留空的项目保持不变。",
    submit: async (value) => {
      await patch(`${url}/profile`, Object.fromEntries(Object.entries(value).filter(([prop, given]) => given && given !== member[prop])));
      done();
    },
  });
}

function changePoints(url, { points }) {
  return openForm({
    title: "调整积分", success: "", fields: [
      { prop: "group", label: "积分组", type: "select", required: true, value: points[0]?.group, options: points.map(({ group, name, available }) => [group, `${name}（可用 ${number(available)}）`]) },
      { prop: "direction", label: "方向", type: "select", required: true, value: 1, options: [[1, "增加"], [-1, "减少"]] },
      { prop: "amount", label: "积分值", type: "number", required: true, min: 1, max: 100_000_000 },
      { prop: "upgrade_eligible", label: "参与升级", type: "switch", when: ({ direction }) => direction === 1 },
      REASON,
    ],
    submit: async ({ direction, amount, upgrade_eligible = false, ...rest }) => {
      const { state } = await post(`${url}/points`, { ...rest, value: direction * amount, upgrade_eligible });
      succeed(state === "submitted" ? "超过限额，已提交审批" : undefined);
    },
  });
}

const issueCoupon = (url) => openForm({
  title: "发券", submitLabel: "发券", fields: [{ prop: "rule", label: "优惠券", type: "select", required: true, options: () => get(`${url}/coupon-choices`), help: "已上架且支持活动发放的优惠券" }],
  submit: (value) => post(`${url}/coupons`, value),
});

const changeTier = (url, { tier }) => openForm({
  title: "调整等级", value: { tier: tier?.code }, fields: [{ prop: "tier", label: "等级", type: "select", required: true, options: () => get(`${url}/tier-choices`) }, REASON],
  submit: (value) => put(`${url}/tier`, value),
});

const freeze = (url) => openForm({
  title: "冻结会员", submitLabel: "冻结", note: "冻结后可以继续累积积分，不能使用积分、优惠券和储值。", fields: [REASON], submit: (value) => post(`${url}/freezing`, value),
});
const unfreeze = (url) => openForm({ title: "解冻会员", submitLabel: "解冻", fields: [REASON], submit: (value) => del(`${url}/freezing`, value) });

const SIDES = [
  ["卡号", ({ card_number }) => card_number], ["姓名/昵称", ({ name }) => text(name)], ["手机", ({ phone }) => text(phone)], ["等级", ({ tier }) => text(tier)],
  ["开卡时间", ({ joined_at }) => time(joined_at)], ["累计消费额", ({ spent_fen }) => money(spent_fen)], ["交易单数", ({ orders }) => number(orders)],
  ["积分", ({ points }) => points.map(({ name, available }) => `${name} ${number(available)}`).join("，") || "—"],
  ["可用优惠券", ({ coupons }) => number(coupons)], ["储值", ({ stored_value_fen }) => money(stored_value_fen)],
];
const comparison = ({ kept, lost }) => html`
  <div class="table-box" tabindex="0" role="region" aria-label="两个会员"><table class="plain">
    <thead><tr><th scope="col">项目</th><th scope="col">保留</th><th scope="col">并入</th></tr></thead>
    <tbody>${SIDES.map(([label, show]) => html`<tr key=${label}><th scope="row">${label}</th><td>${show(kept)}</td><td>${show(lost)}</td></tr>`)}</tbody>
  </table></div>`;

/** First the other account, then both side by side, with the proof. */
async function merge(url) {
  let preview = null;
  const found = await openForm({
    title: "合并会员", submitLabel: "下一步", success: "", note: "另一个会员的全部数据并入当前会员。",
    fields: [{ prop: "other", label: "另一个会员", required: true, placeholder: "卡号或手机", max: 40 }],
    submit: async (value) => (preview = await get(`${url}/merge-preview`, value)),
  });
  if (!found) return false;
  return openForm({
    title: "确认合并", submitLabel: "合并", note: "合并后 30 天内，在所合并的积分、储值等未被使用时可以撤销。",
    fields: [
      { prop: "sides", label: "核对", type: "custom", render: () => comparison(preview) },
      { prop: "proof", label: "合并依据", required: true, max: 30, placeholder: "如：本人持证件到店确认" },
    ],
    submit: ({ proof }) => post(`${url}/merges`, { other: preview.lost.card_number, proof }),
  });
}

function listingText({ principal_fen, bonus_fen, points, coupons, open_things }) {
  const given = [...points.map(({ name, available }) => `${number(available)} ${name}`), ...coupons.map(({ name, count }) => `${name} ${count} 张`), bonus_fen && `赠金 ${money(bonus_fen)} 元`].filter(Boolean);
  return [
    principal_fen ? `退还储值本金 ${money(principal_fen)} 元。` : "", given.length ? `作废：${given.join("、")}。` : "",
    ...open_things.map((line) => `${line}，结束后才会注销。`), "请向本人说明。到期前可以撤回。",
  ].filter(Boolean).join("");
}

async function close(url) {
  const listing = await get(`${url}/closing`);
  return openForm({
    title: "申请注销", submitLabel: "申请注销", note: listingText(listing), fields: [REASON],
    submit: (value) => post(`${url}/closing`, { ...value, listing_version: listing.listing_version }),
  });
}

const erase = (url, { card_number }, done) => openForm({
  title: "清除个人信息", submitLabel: "清除", note: "清除后不能恢复。积分、优惠券、储值和订单保留，不再显示姓名和手机。",
  fields: [{ prop: "card", label: "请输入会员卡号确认", required: true, max: 20, rules: [(value) => (value.trim() === card_number ? "" : "卡号不一致")] }],
  submit: async () => { await post(`${url}/erasure`); done(); },
});

/** `done` hides what was shown in clear, after it has changed. */
export const memberActions = (url, done) => [
  { label: "调整积分", right: "point_accounts.adjust", show: isOpen, run: (member) => changePoints(url, member) },
  { label: "发券", right: "coupon_rules.issue", show: isOpen, run: () => issueCoupon(url) },
  { label: "编辑资料", right: "members.edit", show: isOpen, run: (member) => editProfile(url, member, done) },
  { label: "冻结", right: "members.freeze", danger: true, show: ({ status }) => status === "active", run: () => freeze(url) },
  { label: "解冻", right: "members.freeze", show: ({ status }) => status === "frozen", run: () => unfreeze(url) },
  { label: "调整等级", right: "members.change_tier", more: true, show: (member) => isOpen(member) && member.tier !== null, run: (member) => changeTier(url, member) },
  { label: "合并会员", right: "members.merge", more: true, show: isOpen, run: () => merge(url) },
  { label: "申请注销", right: "members.delete", more: true, show: (member) => isOpen(member) && !member.closing, run: () => close(url) },
  { label: "撤回注销申请", right: "members.delete", more: true, show: ({ closing }) => Boolean(closing), confirm: "撤回后会员可以照常使用，确定撤回？", run: () => del(`${url}/closing`, {}) },
  { label: "清除个人信息", right: "members.delete", more: true, show: (member) => isOpen(member) && !member.erased_at, run: (member) => erase(url, member, done) },
];
