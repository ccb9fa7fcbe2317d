// The queue of the shop: tickets for persons in the shop, calls, and skipped numbers.

import { get } from "./api.js";
import { choose, form } from "./dialogs.js";
import { write } from "./outbox.js";
import { requireOnline } from "./sales.js";
import { showStatus, state } from "./state.js";
import { play } from "./sound.js";

const ticketPath = ({ id }, step) => `/till/queue-tickets/${encodeURIComponent(id)}/${step}`;
const queuePath = ({ id }, step) => `/till/queues/${encodeURIComponent(id)}/${step}`;

export async function openQueue() {
  if (state.offline) requireOnline();
  const { list, called } = await get("/till/queues");
  choose({
    title: "排队叫号", empty: "还没有设置排队类型，请在后台添加",
    items: [...called.map((ticket) => ({ label: `${ticket.code} 请就位`, detail: `已叫 ${ticket.calls} 次${ticket.people ? `，${ticket.people} 人` : ""}`, right: "处理", value: () => openTicket(ticket) })),
      ...list.map((one) => ({ label: `${one.letter} ${one.name}`, detail: one.last_code ? `已叫到 ${one.last_code}` : "还没有叫号", right: `${one.waiting} 位在等`, value: () => openType(one) }))],
    choose: ({ value }) => value(),
  });
}

function openType(one) {
  const items = [];
  if (one.waiting) items.push({ label: "叫下一位", value: () => call(one) });
  if (one.is_on) items.push({ label: "取号", value: () => take(one) });
  choose({ title: `${one.letter} ${one.name}`, note: `${one.waiting} 位在等`, items, empty: "没有人在等，已暂停取号", choose: ({ value }) => value() });
}

async function call(one) {
  const ticket = await write("POST", queuePath(one, "calls"), { after: one.last_code }, "叫号");
  announce(ticket);
  openTicket(ticket);
}

async function take(one) {
  if (one.min_people === null) return give(one, {});
  form({
    title: `取号 · ${one.letter} ${one.name}`, submitLabel: "取号",
    fields: [{ name: "people", label: `人数（${one.min_people}–${one.max_people}）`, kind: "whole", value: String(one.min_people) }],
    submit: (values) => give(one, values),
  });
}

async function give(one, values) {
  const ticket = await write("POST", queuePath(one, "tickets"), values, "取号");
  showStatus("info", `${ticket.code} 已取号`, "请告诉顾客号码");
}

function openTicket(ticket) {
  choose({
    title: `${ticket.code} · ${ticket.state_label}`, note: `已叫 ${ticket.calls} 次，叫满三次才能过号`,
    items: [
      { label: "已就位", value: () => finish(ticket, "arrival", "就位") },
      { label: "再叫一次", disabled: ticket.can_skip, detail: ticket.can_skip ? "已叫三次" : "", value: () => again(ticket) },
      { label: "过号", disabled: !ticket.can_skip, detail: ticket.can_skip ? "" : "叫满三次才能过号", value: () => finish(ticket, "skip", "过号") },
    ],
    choose: ({ value }) => value(),
  });
}

async function again(ticket) {
  const changed = await write("POST", ticketPath(ticket, "calls"), { calls: ticket.calls }, "叫号");
  announce(changed);
  openTicket(changed);
}

async function finish(ticket, step, label) {
  const changed = await write("POST", ticketPath(ticket, step), null, label);
  showStatus("info", `${ticket.code} ${changed.state_label}`);
  await openQueue();
}

function announce({ code, calls }) {
  showStatus("info", `正在叫 ${code}`, `第 ${calls} 次`);
  play("order");
}
