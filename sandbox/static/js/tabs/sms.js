// SMS messages to the number of the person, and the answers to them.

import { api } from "../api.js";
import { attempt, el, renderIfChanged, formatTime, toast } from "../dom.js";
import { state } from "../state.js";

export async function showSms(tab) {
  if (!state.person) return;
  const { messages } = await api.sms(state.person.id);
  renderIfChanged(tab, [state.person.id, messages], () => [
    el("p", { class: "hint" }, `${state.person.name} 的短信（${state.person.phone}）`),
    messages.length ? replyForm() : null,
    ...(messages.length ? messages.map(messageCard) : [el("p", { class: "empty" }, "还没有短信。验证码会出现在这里。")]),
  ].filter(Boolean));
}

function replyForm() {
  const text = el("input", { value: "R", maxlength: "500", required: true, "aria-label": "回复", title: "回复 R 退订营销短信", testid: "sms-reply-text" });
  const send = el("button", { testid: "sms-reply-send" }, "回复短信");
  const form = el("form", { class: "row" }, text, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(send, async () => {
      await api.replyToSms(state.person.id, text.value);
      toast("已回复");
    });
  });
  return form;
}

function messageCard(message) {
  return el("article", { class: "card", testid: "sms-message" }, el("p", {}, message.text), el("small", {}, formatTime(message.sent_at)));
}
