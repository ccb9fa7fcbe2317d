// The red packets and transfers of the person, newest first: those that wait are opened or confirmed here.
// A real phone shows nothing of what the platform rejected; this one lists it with the reason.

import { api } from "../api.js";
import { attempt, el, formatTime, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";
import { formatYuan } from "./money.js";

const KINDS = { red_packet: "红包", transfer: "转账" };
const STATES = { received: "已收款", returned: "过期已退回", cancelled: "商家已撤销" };

export async function showPayouts(view) {
  const person = state.person.id;
  const { list, rejections } = await api.payouts(person);
  renderIfChanged(view, [person, list, rejections], () =>
    list.length + rejections.length ? [...list.map((payout) => formatPayout(person, payout)), ...rejections.map(formatRejection)] : el("p", { class: "empty" }, "还没有红包。商家发的红包和转账会出现在这里。"),
  );
}

function formatPayout(person, payout) {
  return el(
    "article",
    { class: "entry payout", testid: `payout-${payout.state}` },
    el("b", {}, `${payout.send_name}的${KINDS[payout.kind]}`),
    el("b", { class: "amount" }, `${formatYuan(payout.amount_fen)}`),
    el("small", {}, `${payout.title} · ${payout.wishing}`),
    payout.state === "waiting" ? openButton(person, payout) : el("small", { class: "state" }, STATES[payout.state]),
    el("small", {}, formatTime(payout.at)),
  );
}

function formatRejection({ send_name, kind, amount_fen, title, message, at }) {
  return el(
    "article",
    { class: "entry payout", testid: "payout-rejected" },
    el("b", {}, `${send_name}的${KINDS[kind]}`),
    el("b", { class: "amount" }, `${formatYuan(amount_fen)}`),
    el("small", {}, title),
    el("small", { class: "state" }, `未发出：${message}`),
    el("small", {}, formatTime(at)),
  );
}

function openButton(person, payout) {
  const label = payout.kind === "red_packet" ? "拆红包" : "确认收款";
  const button = el("button", { type: "button", testid: "payout-open" }, label);
  button.addEventListener("click", () =>
    attempt(button, async () => {
      await api.receivePayout(person, payout.id);
      toast(`已收到 ${formatYuan(payout.amount_fen)} 元`);
    }),
  );
  return button;
}
