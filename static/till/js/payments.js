// Money for the sale in front: pay codes, cash, bank cards, QR codes; their reversal.

import { forget, write } from "./outbox.js";
import * as offlineCash from "./offline_cash.js";
import { isPaid, pathOf, reload, requireOnline, requireOpen, show, tellPaid } from "./sales.js";
import { yuan } from "../../m/js/money.js";
import { closeKind, openDialog, showStatus, state } from "./state.js";
import { play } from "./sound.js";

const POLL_MS = 2000;
const ENDS = { failed: "failed", closed: "reversed", reversed: "reversed" }; // of a payment's state
const TITLES = { failed: "收款失败", reversed: "收款已撤销", waiting: "顾客正在输入密码" };
let charging = "";
let pollTimer = 0;

export const isCharging = (code) => Boolean(code) && charging === code;

/** Charges a pay code. A second scan of it while the first is under way changes nothing. */
export async function charge(code, amount_fen = null) {
  requireOnline();
  if (charging === code) return;
  charging = code;
  showStatus("waiting", "正在收款", "请稍候");
  try {
    const body = { auth_code: code, ...(amount_fen && { amount_fen }) };
    const answer = await write("POST", `${pathOf()}/charges`, body, "付款码收款");
    take(answer);
  } catch (error) {
    if (error.isUnanswered) {
      showStatus("waiting", "收款结果待确认", "网络恢复后自动查询，请勿重复收款");
      return poll();
    }
    showStatus("failed", TITLES.failed, error.message);
    play("failed");
  } finally {
    charging = "";
  }
}

function take({ state: outcome, message, sale }) {
  show(sale);
  if (outcome === "paid") return tellRest();
  showStatus(outcome, TITLES[outcome], outcome === "waiting" ? `付款 ${yuan(sale.due_fen)}` : message);
  play(outcome);
  if (outcome === "waiting") poll();
}

/** Reads the sale again until nothing is pending; the sale in front may have changed meanwhile. */
function poll(number = state.sale.number) {
  clearTimeout(pollTimer);
  pollTimer = setTimeout(async () => {
    if (state.sale?.number !== number) return;
    if (!document.hidden) await reload(number).catch(() => null);
    const last = state.sale?.payments.at(-1);
    if (isPaid()) return;
    if (ENDS[last?.state]) return tellEnd(last);
    if (state.sale?.number === number) poll(number);
  }, POLL_MS);
}

function tellEnd({ state: its, message }) {
  showStatus(ENDS[its], TITLES[ENDS[its]], message);
  play(ENDS[its]);
}

/** After money that did not pay everything. */
function tellRest() {
  if (!isPaid()) showStatus("info", "已收一部分", `还差 ${yuan(state.sale.due_fen)}`);
}

/** Takes cash. An amount without member is also taken while the network is down, and sent later. */
export async function takeCash(received_fen) {
  requireOpen();
  const { sale } = state;
  if (received_fen < sale.due_fen && sale.local) throw new Error("收到的现金不够");
  if (sale.local) return keepCash(sale, received_fen, null);
  try {
    const answer = await write("POST", `${pathOf()}/cash`, { received_fen }, "收现金");
    show(answer.sale);
    tellRest();
  } catch (error) {
    const isPlain = sale.amount_only && !sale.member && !sale.paid_fen && received_fen >= sale.due_fen;
    if (!error.isUnanswered || !isPlain) throw error;
    if (error.key) forget(error.key);
    keepCash(sale, received_fen, error.key);
  }
}

function keepCash(sale, received_fen, cash_key) {
  const { due_fen: amount_fen, number, sale_key } = sale;
  offlineCash.keep({ amount_fen, received_fen, number, sale_key, cash_key });
  const change_fen = received_fen - amount_fen;
  const payment = { number: "", kind: "cash", label: "现金（待上传）", amount_fen, received_fen, change_fen, state: "succeeded", message: "" };
  state.sale = { ...sale, local: true, state: "paid", paid_fen: amount_fen, due_fen: 0, payments: [payment] };
  tellPaid(state.sale);
}

export async function takeBankCard({ amount_fen, reference, tail }) {
  requireOnline();
  const answer = await write("POST", `${pathOf()}/bank-cards`, { amount_fen, reference, tail }, "银行卡收款");
  show(answer.sale);
  tellRest();
}

export async function showCode(platform) {
  requireOnline();
  const answer = await write("POST", `${pathOf()}/codes`, { platform }, "收款码");
  show(answer.sale);
  showStatus("waiting", "等待顾客扫码", `付款 ${yuan(state.sale.due_fen)}`);
  openDialog({ kind: "code", title: platform === "wechat" ? "微信收款码" : "支付宝收款码", answer, amount_fen: state.sale.due_fen });
}

export async function reverse() {
  requireOnline();
  const answer = await write("POST", `${pathOf()}/reversal`, {}, "撤销收款");
  show(answer.sale);
  closeKind("code");
  if (isPaid()) return;
  const outcome = answer.state === "paid" ? "info" : answer.state;
  showStatus(outcome, { waiting: "正在撤销", info: "已收一部分" }[outcome] ?? TITLES[outcome], answer.message);
  play(outcome);
  if (outcome === "waiting") poll();
}
