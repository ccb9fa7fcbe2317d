// Days as texts such as 2026-11-28, weeks from Monday on, and the lanes of what lasts several days.

export const addDays = (day, step) => new Date(Date.parse(`${day}T00:00:00Z`) + step * 86_400_000).toISOString().slice(0, 10);

const weekday = (day) => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
export const mondayOf = (day) => addDays(day, -weekday(day));

function addMonth(day, step) {
  const [year, month] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + step, 1)).toISOString().slice(0, 10);
}

/** First and last day of a view ("month", "week" or "day") around a day. */
export function periodOf(view, day) {
  if (view === "day") return [day, day];
  if (view === "week") return [mondayOf(day), addDays(mondayOf(day), 6)];
  return [`${day.slice(0, 8)}01`, addDays(addMonth(day, 1), -1)];
}

/** The day that a view is around after a turn by -1 or 1. */
export const turn = (view, day, step) => (view === "month" ? addMonth(day, step) : addDays(day, step * (view === "week" ? 7 : 1)));

/** The weeks of a period, each as seven days. */
export function weeksOf([first, last]) {
  const weeks = [];
  for (let day = mondayOf(first); day <= last; day = addDays(day, 7)) weeks.push(Array.from({ length: 7 }, (_, at) => addDays(day, at)));
  return weeks;
}

/** What is seen of entries in a week: `{ entry, from, length, lane }`, columns from 0 on. */
export function layOut(entries, week) {
  const [first, last] = [week[0], week[6]];
  const ends = []; // of each lane, the last column that is taken
  return entries.filter((entry) => entry.first_day <= last && (entry.last_day ?? last) >= first).map((entry) => {
    const from = Math.max(0, week.indexOf(entry.first_day));
    const until = entry.last_day && entry.last_day <= last ? week.indexOf(entry.last_day) : 6;
    const free = ends.findIndex((end) => end < from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = until;
    return { entry, from, length: until - from + 1, lane };
  });
}
