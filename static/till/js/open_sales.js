// Sales of this terminal that are not in front: parked (挂单) and taken up again (取单), or looked up.

import { choose, confirm, form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { close, isOpen, listOpen, park, requireOnline, take } from "./sales.js";
import { state } from "./state.js";

const time = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });

export async function chooseOpenSale() {
  if (state.sale?.local && isOpen()) requireOnline();
  const list = (await listOpen()).filter(({ number }) => number !== state.sale?.number);
  const parking = isOpen() ? [{ label: "挂起当前单据", detail: "先接待下一位顾客", right: yuan(state.sale.due_fen), value: null }] : [];
  choose({
    title: "挂单 / 取单", empty: "没有挂起的单据",
    items: [...parking, ...list.map(toItem)],
    choose: async ({ value }) => {
      if (value === null) return park();
      if (isOpen()) await park();
      return take(value);
    },
  });
}

function toItem({ number, lines, member, due_fen, created_at, state: its }) {
  const goods = lines.map(({ name }) => name).join("、") || "收款";
  const label = member?.name ? `${member.name} · ${goods}` : goods;
  return { label, detail: `${time(created_at)} · 尾号 ${number.slice(-6)}${its === "paying" ? " · 正在付款" : ""}`, right: yuan(due_fen), value: number };
}

export function findSale(title = "查找单据") {
  form({
    title, submitLabel: "查找", fields: [{ name: "number", label: "单号", placeholder: "扫小票上的条码，或输入 20 位单号" }],
    submit: ({ number }) => take(number),
  });
}

export function askClose() {
  if (!isOpen()) throw new Error("没有可以作废的单据");
  const cash = state.sale.payments.filter(({ kind, state: its }) => kind === "cash" && its === "succeeded");
  const cash_fen = cash.reduce((sum, { received_fen, change_fen }) => sum + received_fen - change_fen, 0);
  const first = cash_fen ? `请先把现金 ${yuan(cash_fen)} 退给顾客。` : "";
  confirm({ title: "作废当前单据？", note: `${first}其他已收的款原路退回，占用的券和积分会释放。`, submitLabel: "作废", submit: close });
}
