// What the till shows now. One object, changed by the modules of the nouns.

import * as device from "./device.js";

const { reactive } = window.Vue;

export const state = reactive({
  session: null, // of GET /till/session
  starting: true,
  sale: null, // the sale in front; `local` if the server does not know it yet
  member: null, // found before there is a sale
  dialogs: [], // the last one is in front
  status: null, // {tone: paid | waiting | failed | reversed | info, title, text}
  command: "",
  busy: false,
  offline: false,
  parkedCount: 0,
  waitingOrders: 0, // of the shop, not accepted yet
  method: device.read("method", "charge"), // what Enter does when an amount is due
  sound: device.read("sound", true),
});

let lastId = 0;

export function openDialog(dialog) {
  const opened = { ...dialog, id: ++lastId };
  state.dialogs.push(opened);
  return opened;
}

export function closeDialog(id = state.dialogs.at(-1)?.id) {
  const index = state.dialogs.findIndex((dialog) => dialog.id === id);
  if (index < 0) return;
  const [closed] = state.dialogs.splice(index, 1);
  closed.onClose?.();
}

export function closeKind(kind) {
  state.dialogs.filter((dialog) => dialog.kind === kind).forEach((dialog) => closeDialog(dialog.id));
}

export const showStatus = (tone, title, text = "") => (state.status = { tone, title, text });
