// The confirmation of a merchant transfer by WeChat's browser, and by the sandbox's phone in its place.

import { isInSandbox, askSandboxToConfirm } from "../sandbox_payment.js";
import { waitForBridge } from "../payment_bridge.js";

/** Asks the person with what the server gave; resolves to "confirmed", "cancelled" or "unknown". */
export async function requestTransfer(confirmation) {
  if (isInSandbox) return askSandboxToConfirm(confirmation);
  const bridge = await waitForBridge("WeixinJSBridge", "请在微信中打开本页确认收款");
  const answer = await new Promise((resolve) => bridge.invoke("requestMerchantTransfer", confirmation, resolve));
  if (answer.err_msg === "requestMerchantTransfer:ok") return "confirmed";
  return answer.err_msg === "requestMerchantTransfer:cancel" ? "cancelled" : "unknown";
}
