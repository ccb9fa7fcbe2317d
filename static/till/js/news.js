// News of the server, asked each second while the page is visible; also the moment to send what waits.

import { get } from "./api.js";
import * as device from "./device.js";
import * as offlineCash from "./offline_cash.js";
import { refresh } from "./members.js";
import { announce } from "./orders.js";
import { repeatYoung } from "./outbox.js";
import { reload, reported } from "./sales.js";
import { showStatus, state } from "./state.js";
import { play } from "./sound.js";

const INTERVAL_MS = 1000;
const OFFLINE_INTERVAL_MS = 3000;
const RECENT_MS = 120_000;
let timer = 0;
let isSending = false;

export function start() {
  document.addEventListener("visibilitychange", schedule);
  window.addEventListener("online", schedule);
  window.addEventListener("offline", () => (state.offline = true));
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(ask, state.offline ? OFFLINE_INTERVAL_MS : INTERVAL_MS);
}

async function ask() {
  try {
    if (state.session) {
      await take(await get("/till/news", { after: device.read("news") }));
      await sendWaiting();
    }
  } catch {
    // The network mark shows it, and the next poll repeats it.
  }
  schedule();
}

async function sendWaiting() {
  if (isSending) return;
  isSending = true;
  try {
    const sent = await offlineCash.sendAll();
    if (sent) showStatus("info", `已上传 ${sent} 笔离线现金`);
    await repeatYoung();
  } finally {
    isSending = false;
  }
}

async function take({ list, next }) {
  if (next !== null && next !== undefined) device.write("news", next);
  for (const item of list) await tell(item);
}

async function tell({ kind, sale_number, message, at }) {
  if (kind.startsWith("order_")) return Date.now() - new Date(at) > RECENT_MS ? null : announce(message);
  if (sale_number && sale_number === state.sale?.number) return reload(sale_number);
  if (kind === "payment_succeeded" && reported.has(sale_number)) return;
  if (kind === "payment_succeeded") await refresh().catch(() => null); // may be a top-up
  if (Date.now() - new Date(at) > RECENT_MS) return;
  const tone = kind === "payment_failed" ? "failed" : kind === "payment_reversed" ? "reversed" : "info";
  showStatus(tone, message);
  play(kind === "collection" || kind === "payment_succeeded" ? "paid" : tone);
}
