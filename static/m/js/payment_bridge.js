// The payment functions that WeChat and Alipay put into their pages, and the sandbox's phone in their place.

import { isInSandbox, askSandboxToPay } from "./sandbox_payment.js";

const READY_TIMEOUT_MS = 3000; // the platform's browser brings the bridge after the page has begun

/** Asks the platform for a payment with what the server gave; resolves to "paid", "cancelled" or "unknown". */
export async function requestPayment(method, payment) {
  if (isInSandbox) return askSandboxToPay(payment);
  return method === "alipay" ? payByAlipay(payment) : payByWeChat(payment);
}

async function payByWeChat(payment) {
  const bridge = await waitForBridge("WeixinJSBridge", "请在微信中打开本页付款");
  const answer = await new Promise((resolve) => bridge.invoke("getBrandWCPayRequest", payment, resolve));
  if (answer.err_msg === "get_brand_wcpay_request:ok") return "paid";
  return answer.err_msg === "get_brand_wcpay_request:cancel" ? "cancelled" : "unknown";
}

async function payByAlipay(payment) {
  const bridge = await waitForBridge("AlipayJSBridge", "请在支付宝中打开本页付款");
  const answer = await new Promise((resolve) => bridge.call("tradePay", payment, resolve));
  if (answer.resultCode === "9000") return "paid";
  return answer.resultCode === "6001" ? "cancelled" : "unknown";
}

/** Resolves to the functions that the platform's browser gives to pages, or says what to do. */
export function waitForBridge(name, message) {
  return new Promise((resolve, reject) => {
    if (window[name]) return resolve(window[name]);
    const timer = setTimeout(() => reject(new Error(message)), READY_TIMEOUT_MS);
    document.addEventListener(`${name}Ready`, () => {
      clearTimeout(timer);
      resolve(window[name]);
    }, { once: true });
  });
}
