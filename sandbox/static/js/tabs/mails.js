// E-mails to the address of the person.

import { api } from "../api.js";
import { attempt, el, formatTime, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";

export async function showMails(tab) {
  if (!state.person) return;
  const { id, name } = state.person;
  const { email, mails } = await api.mails(id);
  renderIfChanged(tab, [id, email, mails], () => [
    el("p", { class: "hint" }, email ? `${name} 的邮件（${email}）` : `${name} 没有邮箱`),
    addressForm(id, email),
    ...(mails.length ? mails.map(mailCard) : [el("p", { class: "empty" }, "还没有邮件。")]),
  ]);
}

function addressForm(id, email) {
  const address = el("input", { type: "email", value: email, maxlength: "254", placeholder: "没有邮箱", "aria-label": "邮箱", testid: "mail-address" });
  const save = el("button", { testid: "mail-address-save" }, "改邮箱");
  const form = el("form", { class: "row" }, address, save);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(save, async () => {
      await api.setEmail(id, address.value);
      toast("已保存");
    });
  });
  return form;
}

function mailCard(mail) {
  return el(
    "article",
    { class: "card mail", testid: "mail" },
    el("b", {}, mail.subject),
    el("p", {}, el("small", {}, `${mail.sender} · ${formatTime(mail.received_at)}${mail.has_html ? " · 有网页版" : ""}`)),
    el("p", { class: "mail-text" }, mail.text),
    el("details", {}, el("summary", {}, "邮件头"), el("pre", {}, Object.entries(mail.headers).map(([name, value]) => `${name}: ${value}`).join("\n"))),
  );
}
