// The week of a shop and the named days that differ from it, today first in sight.

import { today, weekdayOf } from "../days.js";
import { html } from "../html.js";

const DAYS = [
  ["mon", "周一"], ["tue", "周二"], ["wed", "周三"], ["thu", "周四"], ["fri", "周五"], ["sat", "周六"], ["sun", "周日"],
];
const SHOWN_HOLIDAYS = 7;

export function hoursTable({ hours, holidays }) {
  if (!Object.keys(hours).length && !Object.keys(holidays).length) return null;
  const now = today();
  return html`
    <section class="card">
      <h2>营业时间</h2>
      <table class="hours" data-testid="hours">
        <tbody>
          ${DAYS.map(([day, label], at) => hoursRow(label, hours[day], at === weekdayOf(now) && !(now in holidays)))}
          ${upcomingDays(holidays, now).map((day) => hoursRow(dayText(day), holidays[day], day === now, true))}
        </tbody>
      </table>
    </section>`;
}

function hoursRow(label, spans, isToday, special = false) {
  return html`
    <tr key=${label} class=${{ today: isToday, special }}>
      <th scope="row">${label}${isToday && "（今天）"}</th>
      <td>${spansText(spans)}</td>
    </tr>`;
}

function spansText(spans = []) {
  return spans.length ? spans.map(spanText).join("，") : "休息";
}

function spanText([begin, end]) {
  if (begin === "00:00" && end === "24:00") return "24 小时营业";
  return `${begin}–${end <= begin ? "次日 " : ""}${end}`;
}

function upcomingDays(holidays, now) {
  return Object.keys(holidays).filter((day) => day >= now).sort().slice(0, SHOWN_HOLIDAYS);
}

function dayText(day) {
  const [, month, date] = day.split("-").map(Number);
  return `${month} 月 ${date} 日`;
}
