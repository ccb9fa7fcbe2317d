// Goods and money given back for a paid sale, and the reversal of a payment that still waits.

import { confirm, form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { write } from "./outbox.js";
import { reverse } from "./payments.js";
import { managerPin } from "./rights.js";
import { isOpen, isPaid, pathOf, show } from "./sales.js";
import { showStatus, state } from "./state.js";
import { play } from "./sound.js";
import { findSale } from "./open_sales.js";

export function giveBack() {
  if (!state.sale) return findSale("退货 · 查找单据");
  if (isOpen()) return askReversal();
  if (!isPaid() || state.sale.local) throw new Error(state.sale.local ? "网络不通，暂时只能收现金" : "这张单据不能退货");
  const { lines } = state.sale;
  const reason = { name: "reason", label: "原因", quick: ["顾客不要了", "商品瑕疵", "收错款"] };
  const isSingle = lines.length === 1 && Number(lines[0].quantity) === 1;
  form({
    title: `退货 · ${state.sale.number}`, submitLabel: "确认退款", danger: true,
    note: isSingle ? `这一单收了 ${yuan(lines[0].goods_fen)}` : "在要退的商品后填件数，款项按原路退回",
    fields: [...(isSingle ? [amountField(lines[0])] : lines.map(unitsField)), reason, ...managerPin("refund")],
    submit: (values) => sendReturn(isSingle ? amountLines(lines[0], values) : unitLines(lines, values), values),
  });
}

const amountField = ({ goods_fen }) => ({ name: "amount_fen", label: "退款金额", kind: "money", value: (goods_fen / 100).toFixed(2) });
const unitsField = ({ line, name, quantity }) => ({ name: `units_${line}`, label: `${name}（共 ${quantity} 件）`, kind: "whole", optional: true, placeholder: "0", quick: [String(quantity)] });

const amountLines = ({ line, goods_fen }, { amount_fen }) => [amount_fen === goods_fen ? { line, units: 1 } : { line, amount_fen }];

function unitLines(lines, values) {
  const chosen = lines.map(({ line }) => ({ line, units: values[`units_${line}`] ?? 0 })).filter(({ units }) => units > 0);
  if (!chosen.length) throw new Error("请填写要退的件数");
  return chosen;
}

async function sendReturn(lines, { reason, manager_pin }) {
  const body = { lines, reason, ...(manager_pin && { manager_pin }) };
  const answer = await write("POST", `${pathOf()}/refunds`, body, "退货退款");
  show(answer.sale ?? answer);
  showStatus("reversed", "退款已受理", answer.refund_fen ? `退 ${yuan(answer.refund_fen)}` : "款项按原路退回");
  play("reversed");
}

function askReversal() {
  const isMoneyTaken = state.sale.payments.some(({ state: its }) => its === "pending" || its === "succeeded");
  if (!isMoneyTaken) throw new Error("这一单还没有收款");
  confirm({ title: "撤销这次收款？", note: "正在等待的收款会取消，已收的款会退回。", submitLabel: "撤销收款", submit: reverse });
}
