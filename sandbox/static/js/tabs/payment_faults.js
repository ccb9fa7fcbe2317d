// Switches for faults of payments: lost, repeated and late notices, and a platform that fails once.

import { api } from "../api.js";
import { el } from "../dom.js";

const ONCE = { path: "payment", times: 1 };
const SWITCHES = [
  { name: "drop", label: "丢弃支付通知", fault: { path: "notice", kind: "drop" } },
  { name: "repeat", label: "支付通知重复 3 次", fault: { path: "notice", kind: "duplicate", copies: 3 } },
  { name: "delay", label: "支付通知延迟 10 秒", fault: { path: "notice", kind: "delay", delay_s: 10 } },
  { name: "system-error", label: "平台答 SYSTEMERROR 一次", fault: { ...ONCE, kind: "error", code: "SYSTEM_ERROR", status: 500 } },
  { name: "timeout", label: "平台超时一次（未扣款）", fault: { ...ONCE, kind: "timeout" } },
  { name: "late-answer", label: "平台超时一次（已扣款）", fault: { ...ONCE, kind: "late_answer" } },
];
let active = [];

export function paymentFaultSwitches(applyChange) {
  const boxes = SWITCHES.map((row) => {
    const box = el("input", { type: "checkbox", testid: `payment-fault-${row.name}` });
    box.dataset.fault = row.name;
    box.addEventListener("change", () => applyChange(box, () => (box.checked ? turnOn(row) : turnOff(row))));
    return el("label", { class: "check" }, box, row.label);
  });
  return el("div", { class: "payment-faults" }, boxes, el("p", { class: "hint" }, "支付通知的三种故障一次开一种。"));
}

export function showPaymentFaults(tab, faults) {
  active = faults;
  for (const box of tab.querySelectorAll("[data-fault]")) {
    const row = SWITCHES.find((each) => each.name === box.dataset.fault);
    if (!box.disabled) box.checked = Boolean(find(row));
  }
}

/** Returns what a fault of a switch is called, or undefined. */
export function describeFault(fault) {
  return SWITCHES.find((row) => matches(row, fault))?.label;
}

const matches = (row, fault) => row.fault.path === fault.path && row.fault.kind === fault.kind;
const find = (row) => active.find((fault) => matches(row, fault));

async function turnOn(row) {
  // A notice gets one fault only, so the others would wait until this one is removed.
  const others = row.fault.path === "notice" ? active.filter((fault) => fault.path === "notice") : [];
  for (const fault of others) await api.removeFault(fault.id);
  await api.putFault(row.fault);
}

async function turnOff(row) {
  const fault = find(row);
  if (fault) await api.removeFault(fault.id);
}
