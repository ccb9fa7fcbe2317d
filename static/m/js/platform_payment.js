// Payment inside the apps of the platforms: WeChat and Alipay give a page a bridge, the sandbox asks its phone.

import { sandboxUrl } from "./page_context.js";

const sandboxOrigin = sandboxUrl && new URL(sandboxUrl).origin;
const isInSandbox = Boolean(sandboxUrl) && window.parent !== window;

/**
 * Starts a payment with the parameters that the service returned for wx.requestPayment or my.tradePay.
 * Resolves to "ok", "cancel" or "fail". "ok" is no proof of a payment: ask the service.
 */
export function startPayment(parameters) {
  if (isInSandbox) return askSandbox(parameters);
  return "tradeNO" in parameters ? payWithAlipay(parameters) : payWithWeChat(parameters);
}

async function payWithWeChat(parameters) {
  const bridge = await findBridge("WeixinJSBridge");
  const { err_msg: message } = await new Promise((resolve) => bridge.invoke("getBrandWCPayRequest", parameters, resolve));
  return { "get_brand_wcpay_request:ok": "ok", "get_brand_wcpay_request:cancel": "cancel" }[message] || "fail";
}

async function payWithAlipay({ tradeNO }) {
  const bridge = await findBridge("AlipayJSBridge");
  const { resultCode } = await new Promise((resolve) => bridge.call("tradePay", { tradeNO }, resolve));
  return { 9000: "ok", 6001: "cancel" }[resultCode] || "fail";
}

/** Returns the bridge. The app adds it after the page has loaded and announces it by an event. */
function findBridge(name) {
  if (window[name]) return Promise.resolve(window[name]);
  return new Promise((resolve) => document.addEventListener(`${name}Ready`, () => resolve(window[name]), { once: true }));
}

function askSandbox(parameters) {
  return new Promise((resolve) => {
    const receive = ({ data, source, origin }) => {
      if (source !== window.parent || origin !== sandboxOrigin || data?.type !== "sandbox.payment") return;
      window.removeEventListener("message", receive);
      resolve(data.result);
    };
    window.addEventListener("message", receive);
    const code = parameters.tradeNO || parameters.package;
    window.parent.postMessage({ type: "sandbox.payment.request", code }, sandboxOrigin);
  });
}
