// The sale in front: opened, changed, parked, closed. Payments are in payments.js.

import { get } from "./api.js";
import * as device from "./device.js";
import { forget, write } from "./outbox.js";
import { closeKind, showStatus, state } from "./state.js";
import { play } from "./sound.js";

const EARNED_AFTER_MS = 1500; // what was earned is posted by then

export const pathOf = (sale = state.sale) => `/till/sales/${encodeURIComponent(sale.number)}`;
export const isOpen = (sale = state.sale) => Boolean(sale) && (sale.state === "open" || sale.state === "paying");
export const isPaid = (sale = state.sale) => sale?.state === "paid";
export const hasMoney = (sale = state.sale) => Boolean(sale?.payments?.some(({ state: its }) => its === "succeeded"));

/** Shows an answer of the server; a change to "paid" is reported with colour and sound. */
export function show(sale) {
  const before = state.sale?.number === sale.number ? state.sale.state : null;
  state.sale = sale;
  if (sale.member) state.member = null;
  if (isPaid(sale) && before && before !== "paid") tellPaid(sale);
}

export const reported = new Set(); // numbers whose end the cashier has seen: the news of them are silent

export function tellPaid(sale) {
  reported.add(sale.number);
  const change = sale.payments?.find(({ change_fen }) => change_fen > 0)?.change_fen;
  closeKind("code");
  rereadSoon(sale);
  showStatus("paid", "收款成功", change ? `找零 ${(change / 100).toFixed(2)}` : "");
  play("paid");
}

/** Reads a sale with a member again: points are posted a moment after the sale. */
export function rereadSoon({ number, member }) {
  if (member) setTimeout(() => number === state.sale?.number && reload().catch(() => null), EARNED_AFTER_MS);
}

export async function reload(number = state.sale?.number) {
  if (number && !state.sale?.local) show(await get(`/till/sales/${encodeURIComponent(number)}`));
}

/** Opens a sale of an amount. Without network it stays on the device until cash is taken for it. */
export async function openAmount(fen) {
  const member = state.member?.id;
  try {
    show(await write("POST", "/till/sales", { amount_fen: fen, ...(member && { member }) }, "开单"));
    state.status = null;
  } catch (error) {
    if (!error.isUnanswered || member) throw error;
    if (error.key) forget(error.key);
    state.sale = localSale(fen, error.key ?? device.randomKey());
    showStatus("info", "网络不通，暂时只能收现金", "按 F7 收现金，恢复后自动上传");
  }
}

function localSale(fen, key) {
  return {
    number: null, local: true, amount_only: true, sale_key: key, state: "open", parked: false,
    list_fen: fen, discount_fen: 0, total_fen: fen, paid_fen: 0, due_fen: fen,
    lines: [], discounts: [], tenders: [], payments: [], member: null, earned: null, actions: ["cash"],
  };
}

export async function addLine(line) {
  const member = state.member?.id;
  const lines = [...currentLines(), line];
  if (isOpen() && !state.sale.local) return change({ lines });
  show(await write("POST", "/till/sales", { lines, ...(member && { member }) }, "开单"));
  state.status = null;
}

export const removeLine = (source) => change({ lines: currentLines(source) });

/** Lines as a request takes them, but one. What a sale of an amount shows is no goods, and gifts follow by themselves. */
function currentLines(left = null) {
  if (!isOpen() || state.sale.amount_only) return [];
  const kept = state.sale.lines.filter(({ source, gift }) => !gift && source !== left);
  const asked = new Map(); // by source: units at several prices are one line
  for (const line of kept) {
    const { quantity = 0, list_fen: fen = 0 } = asked.get(line.source) ?? {};
    asked.set(line.source, { ...line, quantity: line.quantity + quantity, list_fen: line.list_fen + fen });
  }
  return [...asked.values()].map(toRequest);
}

/** Goods of the catalog by their SKU, typed goods with the price that was typed. */
function toRequest({ sku_id, name, list_fen, quantity, product_code, categories }) {
  if (sku_id) return { sku_id, quantity };
  return { name, unit_price_fen: list_fen / quantity, quantity, ...(product_code && { product_code }), ...(categories && { categories }) };
}

/** Changes the sale in front; without a sale the cashier is asked to begin one. */
export async function change(fields, label = "修改单据") {
  requireOnline();
  show(await write("PATCH", pathOf(), fields, label));
}

export function requireOpen() {
  if (!isOpen()) throw new Error("请先输入金额，或录入商品");
}

export function requireOnline() {
  requireOpen();
  if (state.sale.local) throw new Error("网络不通，暂时只能收现金");
}

/** Leaves the sale in front; an open one goes on behind. */
export function clear() {
  Object.assign(state, { sale: null, member: null, status: null, command: "" });
}

export async function park() {
  await change({ parked: true }, "挂单");
  clear();
}

export async function take(number) {
  const sale = await get(`/till/sales/${encodeURIComponent(number)}`);
  clear();
  show(sale);
  if (sale.parked) await change({ parked: false }, "取单");
}

export async function close() {
  if (!state.sale.local) show(await write("DELETE", pathOf(), null, "作废单据"));
  clear();
  showStatus("reversed", "单据已作废", "已收的款会退回");
  play("reversed");
}

export async function listOpen() {
  const { list } = await get("/till/sales", { state: "open" });
  state.parkedCount = list.filter(({ parked }) => parked).length;
  return list;
}
