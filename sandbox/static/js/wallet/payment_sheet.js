// The sheets that ask the person: the password of a waiting charge, and the confirmation of a scanned or page payment.

import { api } from "../api.js";
import { attempt, byId, el, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";
import { formatYuan, PLATFORM_LABELS } from "./money.js";

let finishPayment = null;

/** Shows the oldest charge that waits for the password, or hides the sheet. */
export function showPrompt(prompts) {
  const sheet = byId("password-sheet");
  const prompt = prompts[0];
  sheet.hidden = !prompt;
  renderIfChanged(sheet, prompt, () => (prompt ? passwordCard(prompt) : []));
}

function passwordCard(prompt) {
  const answer = (action) => (event) =>
    attempt(event.currentTarget, async () => {
      const charge = await api.answerPrompt(prompt.person_id, prompt.id, action);
      byId("password-sheet").hidden = true;
      if (charge.state === "failed") toast(charge.reason === "no_balance" ? "余额不足，没有付款" : "已取消付款");
      else toast(`已支付 ${formatYuan(charge.amount_fen)} 元`);
    });
  return card({
    testid: "password-prompt",
    title: "请输入支付密码",
    payment: prompt,
    confirm: answer("password"),
    cancel: answer("cancel"),
  });
}

/** Asks whether to pay what a code contains. Resolves to "ok" or "cancel", and throws if it cannot be paid. */
export async function askForPayment(code) {
  finishPayment?.("cancel"); // a new request replaces the one before
  const person = state.person.id;
  const payment = await api.scanPayment(person, code);
  return new Promise((resolve) => {
    finishPayment = (result) => {
      finishPayment = null;
      byId("payment-sheet").hidden = true;
      resolve(result);
    };
    const confirm = (event) =>
      attempt(event.currentTarget, async () => {
        await api.confirmPayment(person, payment);
        toast(`已支付 ${formatYuan(payment.amount_fen)} 元`);
        finishPayment?.("ok");
      });
    const cancel = () => finishPayment?.("cancel");
    byId("payment-sheet").replaceChildren(card({ testid: "payment-confirmation", title: "确认付款", payment, confirm, cancel }));
    byId("payment-sheet").hidden = false;
  });
}

/** Cancels the payment that waits for a confirmation, because the phone shows another person or page. */
export function cancelPayment() {
  finishPayment?.("cancel");
}

function card({ testid, title, payment, confirm, cancel }) {
  return el(
    "div",
    { class: "sheet-card", role: "dialog", "aria-label": title, testid },
    el("p", {}, title),
    el("p", { class: "sheet-amount" }, el("b", {}, formatYuan(payment.amount_fen)), " 元"),
    el("p", {}, payment.merchant_name),
    el("small", {}, `${PLATFORM_LABELS[payment.platform]} · ${payment.description}`),
    el(
      "div",
      { class: "sheet-buttons" },
      el("button", { type: "button", class: "primary", testid: `${testid}-confirm`, onclick: confirm }, "确认支付"),
      el("button", { type: "button", testid: `${testid}-cancel`, onclick: cancel }, "取消"),
    ),
  );
}
