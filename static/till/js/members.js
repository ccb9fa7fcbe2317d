// Members: found, joined to the sale, and what is done for them at the till.

import { get } from "./api.js";
import { choose, form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { write } from "./outbox.js";
import { managerPin } from "./rights.js";
import { change, isOpen, requireOnline, reported } from "./sales.js";
import { showStatus, state } from "./state.js";
import { play } from "./sound.js";

export const currentMember = () => state.sale?.member ?? state.member;

export async function find(q) {
  const { list } = await get("/till/members", { q });
  if (!list.length) {
    if (isPhone(q)) return register(q);
    throw new Error("没有找到会员");
  }
  if (list.length === 1) return join(list[0]);
  choose({
    title: "选择会员",
    items: list.map((member) => ({ label: member.name || "未填姓名", detail: `${member.phone ?? "未绑手机"} · ${member.card}`, right: member.tier, value: member })),
    choose: ({ value }) => join(value),
  });
}

/** A card has more digits than a phone. */
const isPhone = (text) => /^\+?\d{7,13}$/.test(text.replace(/[\s-]/g, ""));

function register(phone) {
  form({
    title: "新会员", note: "没有找到会员，可以登记为新会员", submitLabel: "登记",
    fields: [{ name: "phone", label: "手机号", value: phone }, { name: "consent", label: "顾客已同意会员协议和隐私政策", kind: "tick" }],
    async submit(values) {
      await join(await write("POST", "/till/members", values, "登记会员"));
      showStatus("info", "新会员已登记");
    },
  });
}

async function join(member) {
  if (state.sale?.local) throw new Error("网络不通，暂时只能收现金");
  if (isOpen()) await change({ member: member.id }, "添加会员");
  else state.member = member;
}

export function ask() {
  const items = [];
  if (currentMember()) {
    items.push(
      { label: "换一位会员", value: askNumber }, { label: "会员充值", value: topUp }, { label: "调整积分", value: adjustPoints },
      { label: "取消会员", value: leave },
    );
    return choose({ title: currentMember().name || "会员", items, choose: ({ value }) => value() });
  }
  askNumber();
}

function askNumber() {
  form({
    title: "查找会员", submitLabel: "查找",
    fields: [{ name: "q", label: "手机号、卡号或会员码", placeholder: "扫码或输入" }],
    submit: ({ q }) => find(q),
  });
}

async function leave() {
  if (isOpen() && state.sale.member) await change({ member: null }, "取消会员");
  state.member = null;
}

function requireMember() {
  const member = currentMember();
  if (!member) throw new Error("请先按 F3 查找会员");
  return member;
}

const cardPath = (member, part) => `/till/members/${encodeURIComponent(member.card)}/${part}`;

export function topUp() {
  const member = requireMember();
  form({
    title: `会员充值 · ${member.name || member.card}`, note: `储值余额 ${yuan(member.stored_value_fen)}`, submitLabel: "确认充值",
    fields: [
      { name: "amount_fen", label: "充值金额", kind: "money" },
      { name: "method", label: "收款方式", kind: "choice", value: "cash", options: [["cash", "现金"], ["code", "付款码"], ["bank_card", "银行卡"]] },
      { name: "received_fen", label: "实收现金", kind: "money", optional: true, placeholder: "留空为正好", when: ({ method }) => method === "cash" },
      { name: "auth_code", label: "顾客付款码", placeholder: "请扫码", when: ({ method }) => method === "code" },
      { name: "reference", label: "参考号", when: ({ method }) => method === "bank_card" },
      { name: "tail", label: "卡号后四位", when: ({ method }) => method === "bank_card" },
      ...managerPin("top_up"),
    ],
    async submit(values) {
      const received_fen = values.method === "cash" ? values.received_fen ?? values.amount_fen : undefined;
      const answer = await write("POST", cardPath(member, "top-ups"), { ...values, received_fen }, "会员充值");
      if (answer.state === "failed" || answer.state === "reversed") throw new Error(answer.message);
      await refresh(member);
      tellTopUp(answer);
    },
  });
}

/** The news reports the end of one that waits for the password. */
function tellTopUp({ state: outcome, number, amount_fen, bonus_fen, change_fen }) {
  if (outcome === "waiting") showStatus("waiting", "顾客正在输入密码", `充值 ${yuan(amount_fen)}`);
  else {
    const parts = [`充 ${yuan(amount_fen)}`, bonus_fen > 0 && `送 ${yuan(bonus_fen)}`, change_fen > 0 && `找零 ${yuan(change_fen)}`];
    showStatus("paid", "充值成功", parts.filter(Boolean).join("，"));
    reported.add(number);
  }
  play(outcome);
}

export function adjustPoints() {
  const member = requireMember();
  form({
    title: `调整积分 · ${member.name || member.card}`, note: `现有 ${member.points} 积分`, submitLabel: "确认调整",
    fields: [
      { name: "points", label: "增减积分", kind: "whole", placeholder: "例如 50，扣减写 -50" },
      { name: "reason", label: "原因", quick: ["补录消费", "服务补偿", "录入有误"] },
      ...managerPin("adjust_points"),
    ],
    async submit(values) {
      await write("POST", cardPath(member, "points"), values, "调整积分");
      await refresh(member);
      showStatus("info", "积分已调整");
    },
  });
}

export async function sendSmsCode() {
  const answer = await write("POST", cardPath(requireMember(), "sms-codes"), null, "发送验证码");
  return answer.message;
}

export async function refresh(member = currentMember()) {
  if (!member) return;
  const { list } = await get("/till/members", { q: member.card });
  const fresh = list.find(({ card }) => card === member.card);
  if (fresh && state.sale?.member?.card === fresh.card) state.sale.member = fresh;
  else if (fresh) state.member = fresh;
}

export function requireMemberOfSale() {
  requireOnline();
  if (!state.sale.member) throw new Error("请先按 F3 添加会员");
  return state.sale.member;
}
