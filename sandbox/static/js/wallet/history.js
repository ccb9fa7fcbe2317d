// The payments and refunds of the person, newest first.

import { api } from "../api.js";
import { el, formatTime, renderIfChanged } from "../dom.js";
import { state } from "../state.js";
import { formatYuan, PLATFORM_LABELS } from "./money.js";

const STATE_LABELS = { waiting: "等待输入密码", paid: "支付成功", failed: "支付失败", closed: "商家已关闭" };
const REASON_LABELS = { no_balance: "余额不足", cancelled: "已取消" };

export async function showHistory(view) {
  const { list } = await api.payments(state.person.id);
  renderIfChanged(view, [state.person.id, list], () =>
    list.length ? list.map(formatEntry) : el("p", { class: "empty" }, "还没有账单。付款和退款会出现在这里。"),
  );
}

export function formatEntry(entry) {
  const isRefund = entry.kind === "refund";
  const amount = isRefund ? `+${formatYuan(entry.amount_fen)}` : `-${formatYuan(entry.amount_fen)}`;
  return el(
    "article",
    { class: `entry ${entry.kind} ${entry.state || ""}`, testid: `entry-${entry.kind}` },
    el("b", {}, isRefund ? `退款 · ${entry.merchant_name}` : entry.merchant_name),
    el("b", { class: "amount" }, amount),
    el("small", {}, `${PLATFORM_LABELS[entry.platform]} · ${entry.description || entry.number}`),
    el("small", { class: "state" }, describeState(entry)),
    el("small", {}, formatTime(entry.at)),
  );
}

function describeState(entry) {
  if (entry.kind === "refund") return "退款成功";
  const label = REASON_LABELS[entry.reason] || STATE_LABELS[entry.state];
  if (!entry.refunded_fen) return label;
  return entry.refunded_fen === entry.amount_fen ? "已全额退款" : `已退款 ${formatYuan(entry.refunded_fen)} 元`;
}
