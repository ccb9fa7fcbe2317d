// Goods and money given back for a paid sale, and the reversal of a payment that still waits.

import { confirm, form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { write } from "./outbox.js";
import { reverse } from "./payments.js";
import { managerPin } from "./rights.js";
import { isOpen, isPaid, pathOf, rereadSoon, show } from "./sales.js";
import { showStatus, state } from "./state.js";
import { play } from "./sound.js";
import { askClose, findSale } from "./open_sales.js";

export function giveBack() {
  if (!state.sale) return findSale("退货 · 查找单据");
  if (isOpen()) return askReversal();
  if (!isPaid() || state.sale.local) throw new Error(state.sale.local ? "网络不通，暂时只能收现金" : "这张单据不能退货");
  const lines = state.sale.lines.filter(({ quantity, returned }) => quantity > returned);
  if (!lines.length) throw new Error("这张单据已全部退货");
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
const unitsField = ({ line, name, gift, quantity, returned }) => ({
  name: `units_${line}`, label: `${gift ? "赠品 " : ""}${name}（可退 ${quantity - returned} 件）`, kind: "whole", optional: true, placeholder: "0", quick: [String(quantity - returned)],
});

const amountLines = ({ line, goods_fen }, { amount_fen }) => [amount_fen === goods_fen ? { line, units: 1 } : { line, amount_fen }];

function unitLines(lines, values) {
  const chosen = lines.map(({ line }) => ({ line, units: values[`units_${line}`] ?? 0 })).filter(({ units }) => units > 0);
  if (!chosen.length) throw new Error("请填写要退的件数");
  return chosen;
}

async function sendReturn(lines, { reason, manager_pin }) {
  const body = { lines, reason, ...(manager_pin && { manager_pin }) };
  const answer = await write("POST", `${pathOf()}/refunds`, body, "退货退款");
  show(answer.sale);
  rereadSoon(answer.sale);
  showStatus("reversed", "退款已受理", sentence(answer));
  play("reversed");
}

/** What goes back, cash first: the cashier hands it out. */
function sentence({ refund_fen, by_payment, stored_value_fen, points_fen, sale }) {
  const cash = sale.payments.filter(({ kind }) => kind === "cash").reduce((sum, { number }) => sum + (by_payment[number] ?? 0), 0);
  const parts = [cash && `现金 ${yuan(cash)}`, stored_value_fen && `储值 ${yuan(stored_value_fen)}`, points_fen && `积分抵扣 ${yuan(points_fen)}`];
  return [`退 ${yuan(refund_fen)}`, ...parts.filter(Boolean)].join("，");
}

/** A payment that waits is reversed; money that was taken goes back when the sale is cancelled. */
function askReversal() {
  const states = state.sale.payments.map(({ state: its }) => its);
  if (states.some((its) => ["created", "pending", "unknown"].includes(its))) {
    return confirm({ title: "撤销这次收款？", note: "正在等待的收款会取消。", submitLabel: "撤销收款", submit: reverse });
  }
  if (!states.includes("succeeded")) throw new Error("这一单还没有收款");
  return askClose();
}
