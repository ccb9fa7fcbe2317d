// Money is whole fen; people read yuan.

export function yuan(fen) {
  const sign = fen < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(fen) / 100).toLocaleString("zh-CN");
  return `${sign}${whole}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

/** `+12.00` or `−3.50`: what moved. */
export function signedYuan(fen) {
  return fen > 0 ? `+${yuan(fen)}` : yuan(fen);
}
