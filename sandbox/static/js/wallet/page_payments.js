// Payments and confirmations that a page in the browser of the phone starts, as WeixinJSBridge and AlipayJSBridge do.

import { byId } from "../dom.js";
import { askForPayment, askForTransfer } from "./payment_sheet.js";

const ASKS = { "sandbox.payment": askForPayment, "sandbox.transfer": askForTransfer };

export function startPagePayments() {
  window.addEventListener("message", answerPayment);
}

/** Asks the person and tells the page "ok", "cancel" or "fail". Other windows get no answer. */
async function answerPayment({ data, source, origin }) {
  const frame = byId("browser-body").querySelector("iframe");
  const type = String(data?.type).replace(/\.request$/, "");
  if (!frame || source !== frame.contentWindow || !(type in ASKS) || type === data.type) return;
  let result = { result: "fail" };
  try {
    result = { result: await ASKS[type](String(data.code)) };
  } catch (error) {
    result.message = error.message;
  }
  source.postMessage({ type, ...result }, origin);
}
