// The sheets that ask the person: the password of a waiting charge, and the confirmation of a payment or transfer.

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
  const person = state.person.id;
  const payment = await api.scanPayment(person, code);
  return ask({ testid: "payment-confirmation", title: "确认付款", payment }, async () => {
    await api.confirmPayment(person, payment);
    toast(`已支付 ${formatYuan(payment.amount_fen)} 元`);
  });
}

/** Asks whether to take a merchant's transfer. Resolves to "ok" or "cancel", and throws if there is none. */
export async function askForTransfer(packageInfo) {
  const person = state.person.id;
  const transfer = await api.findTransfer(person, packageInfo);
  const payment = { ...transfer, platform: "wechat_pay", merchant_name: transfer.send_name, description: transfer.title };
  return ask({ testid: "transfer-confirmation", title: "确认收款", label: "确认收款", payment }, async () => {
    await api.receivePayout(person, transfer.id);
    toast(`已收款 ${formatYuan(payment.amount_fen)} 元`);
  });
}

function ask(content, perform) {
  finishPayment?.("cancel"); // a new request replaces the one before
  return new Promise((resolve) => {
    finishPayment = (result) => {
      finishPayment = null;
      byId("payment-sheet").hidden = true;
      resolve(result);
    };
    const confirm = (event) =>
      attempt(event.currentTarget, async () => {
        await perform();
        finishPayment?.("ok");
      });
    const cancel = () => finishPayment?.("cancel");
    byId("payment-sheet").replaceChildren(card({ ...content, confirm, cancel }));
    byId("payment-sheet").hidden = false;
  });
}

/** Cancels the payment that waits for a confirmation, because the phone shows another person or page. */
export function cancelPayment() {
  finishPayment?.("cancel");
}

function card({ testid, title, payment, confirm, cancel, label = "确认支付" }) {
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
      el("button", { type: "button", class: "primary", testid: `${testid}-confirm`, onclick: confirm }, label),
      el("button", { type: "button", testid: `${testid}-cancel`, onclick: cancel }, "取消"),
    ),
  );
}
