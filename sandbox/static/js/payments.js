// The wallet of the phone for a page in its browser: it asks before it pays, as WeChat and Alipay do.

import { api } from "./api.js";
import { byId, toast } from "./dom.js";
import { state } from "./state.js";

export function startPayments() {
  window.addEventListener("message", answerPayment);
}

/** Pays for the page in the frame. Other windows get no answer. */
async function answerPayment({ data, source, origin }) {
  const frame = byId("browser-body").querySelector("iframe");
  if (!frame || source !== frame.contentWindow || data?.type !== "sandbox.payment.request") return;
  source.postMessage({ type: "sandbox.payment", result: await pay(data) }, origin);
}

async function pay({ method, payment }) {
  if (!window.confirm("用零钱付款？")) return "cancelled";
  try {
    if (method === "alipay") await api.payAlipay(state.person.id, { trade_no: payment.tradeNO });
    else await api.payWeChat(state.person.id, { package: payment.package });
    return "paid";
  } catch (error) {
    toast(error.message);
    return "unknown";
  }
}
