// What a scanner reads: the kind of a number is known by its length and first digits.

const FORMS = [
  ["pay_code", /^1[0-5]\d{16}$/], // WeChat
  ["stored_value", /^88\d{16}$/],
  ["member", /^89\d{16}$/],
  ["pay_code", /^(2[5-9]|30)\d{14,22}$/], // Alipay
  ["coupon", /^6\d{15}$/],
  ["member", /^8\d{15}$/],
  ["order", /^9\d{19}$/],
  ["phone", /^1[3-9]\d{9}$/],
];
const AMOUNT = /^(\d{1,7}(\.\d{0,2})?|\.\d{1,2})$/;
const GOODS = /^\d{8,14}$/;

/** `{kind, code}`; the kind is "amount" with `fen`, "goods", one of the forms above, "empty" or "unknown". */
export function recognise(text) {
  const code = text.replace(/\s+/g, "");
  if (!code) return { kind: "empty", code };
  const form = FORMS.find(([, pattern]) => pattern.test(code));
  if (form) return { kind: form[0], code };
  const fen = parseFen(code);
  if (fen !== null) return { kind: "amount", code, fen };
  return { kind: GOODS.test(code) ? "goods" : "unknown", code };
}

/** Yuan as typed, in fen; null if it is no amount. */
export function parseFen(text) {
  const typed = String(text).trim().replace("。", ".");
  if (!AMOUNT.test(typed)) return null;
  const [whole, part = ""] = typed.split(".");
  return Number(whole || 0) * 100 + Number(part.padEnd(2, "0"));
}
