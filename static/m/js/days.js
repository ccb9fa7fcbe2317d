// Days as the shops count them: dates of China's clocks, whatever the phone's zone.

const ISO = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });
const MOMENT = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
});

// By how much the server's clock is ahead of this phone's: the sandbox can advance it, and phones go wrong.
const AHEAD_MS = Date.parse(document.body.dataset.now) - Date.now() || 0;

/** `2026-11-22`, by the server's clock. */
export function today() {
  return dayOf(Date.now() + AHEAD_MS);
}

/** The day of a moment, a Date or in ISO form. */
export function dayOf(moment) {
  return ISO.format(new Date(moment));
}

/** `11月22日 09:05` of a moment in ISO form. */
export function momentText(iso) {
  const parts = Object.fromEntries(MOMENT.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
  return `${parts.month}月${parts.day}日 ${parts.hour}:${parts.minute}`;
}

/** `2026年11月22日` of a moment in ISO form; with `-1` of the moment before it, for an end that is not included. */
export function dayText(iso, ms = 0) {
  const [year, month, day] = ISO.format(new Date(new Date(iso).getTime() + ms)).split("-").map(Number);
  return `${year}年${month}月${day}日`;
}

/** 0 for Monday … 6 for Sunday. */
export function weekdayOf(day) {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The days of a month `2026-11`, in order. */
export function daysInMonth(month) {
  const [year, number] = month.split("-").map(Number);
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: count }, (_, at) => `${month}-${String(at + 1).padStart(2, "0")}`);
}

/** The month `step` months away from `2026-11`. */
export function addMonths(month, step) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}
