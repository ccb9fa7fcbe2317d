// The balance of the person and the amount above which a pay code asks for the password.

import { api } from "../api.js";
import { attempt, el, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";
import { formatYuan, parseYuan } from "./money.js";

export async function showSettings(view, { wallet }) {
  const shown = [state.person.id, wallet.balance_fen, wallet.password_above_fen];
  renderIfChanged(view, shown, () => form(wallet)); // not while unchanged: the fields would lose what is typed
}

function form(wallet) {
  const balance = amountField("余额（元）", "wallet-set-balance", wallet.balance_fen);
  const limit = amountField("超过多少元要输密码", "wallet-set-limit", wallet.password_above_fen);
  const button = el("button", { testid: "wallet-save" }, "保存");
  const element = el("form", { class: "wallet-settings" }, balance, limit, el("p", { class: "hint" }, "微信和支付宝共用余额和限额。"), button);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const [balanceFen, limitFen] = [balance, limit].map((label) => parseYuan(label.querySelector("input").value));
    if (balanceFen === null || limitFen === null) return toast("金额应为不超过两位小数的数字");
    attempt(button, async () => {
      await api.configureWallet(state.person.id, { balance_fen: balanceFen, password_above_fen: limitFen });
      toast("已保存");
    });
  });
  return element;
}

function amountField(label, testid, fen) {
  return el("label", {}, label, el("input", { testid, inputmode: "decimal", value: formatYuan(fen).replaceAll(",", "") }));
}
