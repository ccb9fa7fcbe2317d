// Values as staff read them: yuan with two digits, times of China's clocks.

const ZONE = { timeZone: "Asia/Shanghai" };
const DAY = new Intl.DateTimeFormat("en-CA", ZONE);
const TIME = new Intl.DateTimeFormat("en-GB", { ...ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const NONE = "—";

const isMissing = (value) => value === null || value === undefined || value === "";

/** `1,234.50` of whole fen. */
export function money(fen) {
  if (isMissing(fen)) return NONE;
  const whole = Math.floor(Math.abs(fen) / 100).toLocaleString("zh-CN");
  return `${fen < 0 ? "-" : ""}${whole}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

/** The fen of `12`, `12.5` or `-12.50`, null for anything else. */
export function parseMoney(text) {
  const parts = /^(-?)(\d{1,10})(?:\.(\d{1,2}))?$/.exec(String(text).trim());
  if (!parts) return null;
  const fen = Number(parts[2]) * 100 + Number((parts[3] ?? "").padEnd(2, "0"));
  return parts[1] ? -fen : fen;
}

/** `2026-11-28 09:05:00` of a moment in ISO form. */
export const time = (iso) => (isMissing(iso) ? NONE : `${DAY.format(new Date(iso))} ${TIME.format(new Date(iso))}`);

/** `2026-11-28` of a moment or a day in ISO form. */
export function date(iso) {
  if (isMissing(iso)) return NONE;
  return iso.length === 10 ? iso : DAY.format(new Date(iso));
}

/** The day of today, in China. */
export const today = () => DAY.format(new Date());

export const text = (value) => (isMissing(value) ? NONE : String(value));
export const number = (value) => (isMissing(value) ? NONE : Number(value).toLocaleString("zh-CN"));
export const bytes = (size) => (size < 1024 * 1024 ? `${Math.ceil(size / 1024)} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`);
export const yesNo = (value) => (value ? "是" : "否");

export const FORMATS = { money, time, date, text, number, yesNo };
/** Formats whose cells are aligned to the right. */
export const RIGHT_ALIGNED = ["money", "number"];
