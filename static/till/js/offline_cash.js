// Cash taken while the network was down: kept on the device with its keys, sent in order when it is back.

import { send } from "./api.js";
import * as device from "./device.js";
import { state } from "./state.js";

const { ref } = window.Vue;

const MAX_AGE_MS = 8 * 3600 * 1000;

export const waiting = ref(device.read("cash", []));

function save(list) {
  waiting.value = list;
  device.write("cash", list.length ? list : null);
}

const reread = () => (waiting.value = device.read("cash", []));

/** Keeps a cash sale. `number` is set if the server knows the sale; its keys are those of the lost requests. */
export function keep({ amount_fen, received_fen, sale_key, cash_key, number = null }) {
  const entry = {
    amount_fen, received_fen, number, at: Date.now(), message: "",
    sale_key: sale_key || device.randomKey(), cash_key: cash_key || device.randomKey(),
  };
  const list = reread();
  if (!list.some((other) => other.cash_key === entry.cash_key)) save([...list, entry]);
  return entry;
}

export const isExpired = (entry) => Date.now() - entry.at > MAX_AGE_MS;
export const totalFen = () => waiting.value.reduce((sum, entry) => sum + entry.amount_fen, 0);

/** Sends in order, in one tab at a time; stops when the network is down. Returns how many were answered. */
export function sendAll() {
  if (!reread().length || !state.session) return Promise.resolve(0);
  return navigator.locks ? navigator.locks.request("xiaoer.till.cash", sendInOrder) : sendInOrder();
}

async function sendInOrder() {
  let sent = 0;
  for (const entry of reread()) {
    if (isExpired(entry) || entry.message) continue;
    try {
      await sendOne(entry);
      remove(entry.cash_key);
      sent += 1;
    } catch (error) {
      if (error.isUnanswered || error.status === 401) return sent;
      update(entry.cash_key, { message: error.message }); // refused: stays in the list until a cashier has checked it
    }
  }
  return sent;
}

async function sendOne(entry) {
  let { number } = entry;
  if (!number) {
    ({ number } = await send("POST", "/till/sales", { amount_fen: entry.amount_fen }, entry.sale_key));
    update(entry.cash_key, { number });
  }
  await send("POST", `/till/sales/${number}/cash`, { received_fen: entry.received_fen }, entry.cash_key);
}

const update = (key, change) => save(reread().map((entry) => (entry.cash_key === key ? { ...entry, ...change } : entry)));
export const remove = (key) => save(reread().filter((entry) => entry.cash_key !== key));
export const tryAgain = (key) => update(key, { message: "" });
