// The ways to pay, and the one that Enter begins.

import { form, choose } from "./dialogs.js";
import * as device from "./device.js";
import { yuan } from "../../m/js/money.js";
import { charge, showCode, takeBankCard, takeCash } from "./payments.js";
import { requireOnline, requireOpen } from "./sales.js";
import { state } from "./state.js";

export const METHODS = { charge: "付款码", cash: "现金", code: "收款码", bank_card: "银行卡" };
const NOTES_FEN = [1000, 2000, 5000, 10000];

export function begin(method = state.method) {
  ({ charge: askPayCode, cash: askCash, code: askPlatform, bank_card: askBankCard })[method]();
}

function askPayCode() {
  requireOnline();
  form({
    title: `付款码收款 · ${yuan(state.sale.due_fen)}`, submitLabel: "收款",
    fields: [{ name: "code", label: "微信或支付宝付款码", placeholder: "请扫顾客手机上的付款码" }],
    submit: ({ code }) => charge(code.replace(/\s/g, "")),
  });
}

export function askCash() {
  requireOpen();
  const due = state.sale.due_fen;
  const quick = [...new Set([due, ...NOTES_FEN.map((note) => Math.ceil(due / note) * note)])].map((fen) => (fen / 100).toFixed(2));
  form({
    title: `现金收款 · ${yuan(due)}`, submitLabel: "收款",
    fields: [{ name: "received_fen", label: "实收", kind: "money", value: (due / 100).toFixed(2), quick }],
    preview: ({ received_fen }) => (received_fen === null ? "找零 —" : received_fen < due ? `还差 ${yuan(due - received_fen)}` : `找零 ${yuan(received_fen - due)}`),
    submit: ({ received_fen }) => takeCash(received_fen),
  });
}

export function askPlatform() {
  requireOnline();
  choose({
    title: `出示收款码 · ${yuan(state.sale.due_fen)}`,
    items: [{ label: "微信支付", value: "wechat" }, { label: "支付宝", value: "alipay" }],
    choose: ({ value }) => showCode(value),
  });
}

export function askBankCard() {
  requireOnline();
  form({
    title: `银行卡收款 · ${yuan(state.sale.due_fen)}`, submitLabel: "登记收款", note: "请先在刷卡机上收款，再登记签购单。",
    fields: [
      { name: "amount_fen", label: "金额", kind: "money", value: (state.sale.due_fen / 100).toFixed(2) },
      { name: "reference", label: "参考号" }, { name: "tail", label: "卡号后四位" },
    ],
    submit: takeBankCard,
  });
}

export function chooseDefault() {
  choose({
    title: "默认收款方式", note: "有应收金额时，直接按 Enter 就用这种方式。",
    items: Object.entries(METHODS).map(([value, label]) => ({ label, right: value === state.method ? "当前" : "", value })),
    choose({ value }) {
      state.method = value;
      device.write("method", value);
    },
  });
}
