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

/** The fen of `12`, `12.5` or `12.50`, null for anything else. */
export function parseYuan(text) {
  const parts = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? "").padEnd(2, "0")) : null;
}
