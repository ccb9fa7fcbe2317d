// Adding a card to WeChat's card pack: the functions that WeChat puts into its pages, and the sandbox's phone in place.

import { waitForBridge } from "./payment_bridge.js";
import { isInSandbox, askSandbox } from "./sandbox_payment.js";

const CARD_FUNCTION = "batchAddCard";

/** Adds a card with what the server gave; resolves to "added", "cancelled" or "unknown". */
export async function addToWeChat({ card_id, card_ext, config }) {
  if (isInSandbox) {
    const { result, message } = await askSandbox("card", { card_id, card_ext });
    if (message) throw new Error(message);
    return result === "ok" ? "added" : "cancelled";
  }
  const bridge = await waitForBridge("WeixinJSBridge", "请在微信中打开本页添加");
  const verified = {
    verifyAppId: config.appId, verifySignType: "sha1", verifyTimestamp: config.timestamp,
    verifyNonceStr: config.nonceStr, verifySignature: config.signature,
  };
  await invoke(bridge, "preVerifyJSAPI", { ...verified, verifyJsApiList: [CARD_FUNCTION] });
  const answer = await invoke(bridge, CARD_FUNCTION, { ...verified, card_list: [{ card_id, card_ext }] });
  if (answer.err_msg === "batch_add_card:ok") return "added";
  return answer.err_msg === "batch_add_card:cancel" ? "cancelled" : "unknown";
}

function invoke(bridge, name, parameters) {
  return new Promise((resolve) => bridge.invoke(name, parameters, resolve));
}
