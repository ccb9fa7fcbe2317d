// Payments that a page in the browser of the phone starts, as WeixinJSBridge and AlipayJSBridge do.

import { byId } from "../dom.js";
import { askForPayment } from "./payment_sheet.js";

export function startPagePayments() {
  window.addEventListener("message", answerPayment);
}

/** Asks the person and tells the page "ok", "cancel" or "fail". Other windows get no answer. */
async function answerPayment({ data, source, origin }) {
  const frame = byId("browser-body").querySelector("iframe");
  if (!frame || source !== frame.contentWindow || data?.type !== "sandbox.payment.request") return;
  let result = { result: "fail" };
  try {
    result = { result: await askForPayment(String(data.code)) };
  } catch (error) {
    result.message = error.message;
  }
  source.postMessage({ type: "sandbox.payment", ...result }, origin);
}
