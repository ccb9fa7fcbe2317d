// Cards that a page in the browser of the phone adds, as `wx.addCard` does.

import { api } from "../api.js";
import { byId, toast } from "../dom.js";
import { state } from "../state.js";

export function startPageCards() {
  window.addEventListener("message", answerCard);
}

/** Adds the card and tells the page "ok" or "fail". Other windows get no answer. */
async function answerCard({ data, source, origin }) {
  const frame = byId("browser-body").querySelector("iframe");
  if (!frame || source !== frame.contentWindow || data?.type !== "sandbox.card.request") return;
  let result = { result: "ok" };
  try {
    const card = await api.addCard(state.person.id, { card_id: String(data.card_id), card_ext: String(data.card_ext) });
    toast(`${card.title}已添加到微信卡包`);
  } catch (error) {
    result = { result: "fail", message: error.message };
  }
  source.postMessage({ type: "sandbox.card", ...result }, origin);
}
