// SMS messages to the number of the person.

import { api } from "../api.js";
import { el, renderIfChanged, formatTime } from "../dom.js";
import { state } from "../state.js";

export async function showSms(tab) {
  if (!state.person) return;
  const { messages } = await api.sms(state.person.id);
  renderIfChanged(tab, [state.person.id, messages], () => [
    el("p", { class: "hint" }, `${state.person.name} 的短信（${state.person.phone}）`),
    ...(messages.length ? messages.map(messageCard) : [el("p", { class: "empty" }, "还没有短信。验证码会出现在这里。")]),
  ]);
}

function messageCard(message) {
  return el("article", { class: "card", testid: "sms-message" }, el("p", {}, message.text), el("small", {}, formatTime(message.sent_at)));
}
