// The function keys, which are also the buttons below the sale.

import { chooseCoupons, lowerPrice, usePoints, useStoredValue } from "./benefits.js";
import { choose } from "./dialogs.js";
import { askAmount, askLine } from "./lines.js";
import { ask as askMember } from "./members.js";
import { openMenu } from "./menu.js";
import { askBankCard, askCash, askPlatform } from "./methods.js";
import { chooseOpenSale } from "./open_sales.js";
import { giveBack } from "./returns.js";
import { clear, isOpen } from "./sales.js";
import { closeDialog, showStatus, state } from "./state.js";
import { play, unlock } from "./sound.js";

export const KEYS = [
  { key: "F1", label: "更多", act: openMenu },
  { key: "F2", label: "开单", act: beginSale },
  { key: "F3", label: "会员", act: askMember },
  { key: "F4", label: "优惠券", act: chooseCoupons },
  { key: "F5", label: "积分", act: usePoints },
  { key: "F6", label: "储值", act: () => useStoredValue() },
  { key: "F7", label: "现金", act: askCash, pays: true },
  { key: "F8", label: "收款码", act: askPlatform, pays: true },
  { key: "F9", label: "银行卡", act: askBankCard, pays: true },
  { key: "F10", label: "折扣抹零", act: lowerPrice },
  { key: "F11", label: "挂单取单", act: chooseOpenSale },
  { key: "F12", label: "退货撤销", act: giveBack },
];

/** F2: goods for a new or the open sale; leaves a finished one. */
function beginSale() {
  if (!state.sale) return askLine();
  if (!isOpen()) return clear();
  const amount = { label: "修改金额", value: askAmount };
  choose({
    title: "修改单据",
    items: [{ label: "录入商品", value: () => askLine() }, ...(state.sale.amount_only ? [amount] : []), { label: "挂起，开新单", value: chooseOpenSale }],
    choose: ({ value }) => value(),
  });
}

let current = Promise.resolve();

/** Waits for what runs now. */
export const idle = () => current;

/** Runs what a key or a button means, one at a time, and tells why it was refused. */
export function run(action) {
  if (state.busy) return current;
  state.busy = true;
  current = finish(action);
  return current;
}

async function finish(action) {
  try {
    await action();
  } catch (error) {
    showStatus("failed", error.message);
    play("failed");
  } finally {
    state.busy = false;
  }
}

export function listen() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", unlock);
  document.addEventListener("focusout", () => setTimeout(keepFocus));
  setInterval(keepFocus, 500);
}

function onKey(event) {
  unlock();
  if (!state.session) return;
  if (event.key === "Escape") return leave(event);
  const found = KEYS.find(({ key }) => key === event.key);
  if (!found) return;
  event.preventDefault();
  if (!state.dialogs.length && !event.repeat) run(found.act);
}

function leave(event) {
  event.preventDefault();
  if (state.dialogs.length) return closeDialog();
  if (state.command) state.command = "";
  else if (state.sale && !isOpen()) clear();
  else if (!state.sale) Object.assign(state, { member: null, status: null });
  else showStatus("info", "单据还没有结束", "F11 挂单，F1 里可以作废");
}

/** A scanner types wherever the focus is: it is never left on nothing. Touch devices keep their keyboard shut. */
export function keepFocus() {
  const { activeElement } = document;
  if (!state.session || document.hidden || matchMedia("(pointer: coarse)").matches) return;
  if (activeElement && activeElement !== document.body && !activeElement.closest(".behind, .keys, .top, .sale")) return;
  const scope = state.dialogs.length ? document.querySelector(".layer:not(.behind)") : document;
  scope?.querySelector(state.dialogs.length ? "input, .submit, button.danger" : "#command")?.focus();
}
