// Amounts: fen in data, yuan on the screen.

export const PLATFORM_LABELS = { wechat_pay: "微信", alipay: "支付宝" };

export function formatYuan(fen) {
  const yuan = Math.floor(Math.abs(fen) / 100).toLocaleString("zh-CN");
  return `${fen < 0 ? "-" : ""}${yuan}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

/** Returns the fen of an amount with at most two decimals, or null. */
export function parseYuan(text) {
  const match = text.trim().match(/^(\d{1,8})(?:\.(\d{1,2}))?$/);
  return match ? Number(match[1]) * 100 + Number((match[2] || "").padEnd(2, "0")) : null;
}
