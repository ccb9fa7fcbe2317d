// The payment of an order by the platform in whose page we are.

import { post } from "../api.js";
import { requestPayment } from "../payment_bridge.js";

const MESSAGES = { cancelled: "付款已取消，可在订单里继续付款", unknown: "付款没有完成，如已扣款请稍候查看订单" };

/** The method of this browser: Alipay's own, or WeChat Pay. */
export const payMethod = () => (/AlipayClient/i.test(navigator.userAgent) ? "alipay" : "wechat");

/** Resolves once the platform has taken the money, or there was nothing to take. */
export async function pay(number, method = payMethod()) {
  const begun = await post(`/api/me/orders/${encodeURIComponent(number)}/payments`, { method });
  if (!begun.payment) return;
  const outcome = await requestPayment(method, begun.payment);
  if (MESSAGES[outcome]) throw new Error(MESSAGES[outcome]);
}
