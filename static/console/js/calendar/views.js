// The calendar as weeks with bars, and as a list, which is also what a phone shows.

import { html } from "../../../m/js/html.js";
import { renderValue } from "../blocks/columns.js";
import { colourOf, describePeriod, STATES } from "./labels.js";
import { layOut } from "./days.js";

const { ElEmpty } = window.ElementPlus;
const { RouterLink } = window.VueRouter;
const WEEK = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const MONTH_LANES = 5, WEEK_LANES = 40;
const GRID = { display: "grid", gridTemplateColumns: "repeat(7, minmax(0, 1fr))", columnGap: "4px", rowGap: "3px", padding: "4px 0", borderBottom: "1px solid #dfe3ea" };
const BAR = { display: "block", padding: "2px 6px", borderRadius: "4px", fontSize: "12px", lineHeight: "18px", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", textDecoration: "none" };
const ROW = { display: "flex", flexWrap: "wrap", gap: "4px 12px", alignItems: "center", padding: "10px 0", borderBottom: "1px solid #eceef2" };
const LIST = { listStyle: "none", margin: 0, padding: 0 };
const BADGE = { padding: "1px 8px", borderRadius: "4px", fontSize: "12px", whiteSpace: "nowrap" };

export const Legend = ({ kinds }) => html`
  <ul style=${{ ...LIST, display: "flex", flexWrap: "wrap", gap: "6px", marginBottom: "8px" }} aria-label="颜色">
    ${kinds.map(({ value, label }) => html`<li key=${value} style=${{ ...BADGE, ...colourOf(value) }}>${label}</li>`)}
  </ul>`;
Legend.props = ["kinds"];

/** Weeks with a bar for each entry; a month shows the first lanes only, and says how many more a day has. */
export const Weeks = ({ weeks, entries, today, isMonth, onPick }) => html`
  <div data-testid="calendar-grid">
    <div style=${{ ...GRID, textAlign: "center" }}>${WEEK.map((label) => html`<span key=${label}>${label}</span>`)}</div>
    ${weeks.map((week) => html`<div key=${week[0]} style=${GRID}>${weekCells(week, entries, today, isMonth, onPick)}</div>`)}
  </div>`;
Weeks.props = ["weeks", "entries", "today", "isMonth", "onPick"];

function weekCells(week, entries, today, isMonth, onPick) {
  const most = isMonth ? MONTH_LANES : WEEK_LANES;
  const placed = layOut(entries, week);
  const bars = placed.filter(({ lane }) => lane < most);
  const hidden = (at) => placed.filter(({ lane, from, length }) => lane >= most && from <= at && at < from + length).length;
  return [
    ...week.map((day, at) => html`
      <button type="button" class="plain" key=${day} data-day=${day} aria-current=${day === today ? "date" : undefined} onClick=${() => onPick(day)}
        style=${{ gridColumn: at + 1, gridRow: 1, textAlign: "center", minHeight: "26px", fontWeight: day === today ? 700 : 400, color: day === today ? "#1d5fd1" : "inherit" }}><span class="visually-hidden">${day.slice(0, 8)}</span>${Number(day.slice(8))}</button>`),
    ...bars.map(({ entry, from, length, lane }) => html`
      <${RouterLink} key=${`${entry.kind}-${entry.path}-${entry.title}`} to=${entry.path} data-testid="calendar-bar" title=${`${entry.kind_title} ${entry.title}，${describePeriod(entry)}，${STATES[entry.state][0]}`}
        style=${{ ...BAR, ...colourOf(entry.kind), gridColumn: `${from + 1} / span ${length}`, gridRow: lane + 2 }}>${() => `${entry.title} · ${STATES[entry.state][0]}`}<//>`),
    ...week.map((day, at) => hidden(at) > 0 && html`
      <button type="button" class="plain muted" key=${`more-${day}`} style=${{ gridColumn: at + 1, gridRow: most + 2, fontSize: "12px" }} onClick=${() => onPick(day)}><span class="visually-hidden">${day} </span>另 ${hidden(at)} 项</button>`),
    placed.length === 0 && html`<span key="space" style=${{ gridRow: 2, gridColumn: "1 / span 7", minHeight: "24px" }}></span>`,
  ];
}

export const EntryList = ({ entries }) => {
  if (!entries.length) return html`<${ElEmpty} description="这段时间没有活动" imageSize=${80} />`;
  return html`
    <ul style=${LIST} data-testid="calendar-list">
      ${entries.map((entry) => html`
        <li key=${`${entry.kind}-${entry.path}-${entry.title}`} style=${ROW}>
          <span style=${{ ...BADGE, ...colourOf(entry.kind) }}>${entry.kind_title}</span>
          <${RouterLink} to=${entry.path} style=${{ fontWeight: 600 }}>${() => entry.title}<//>
          ${renderValue({ prop: "state", format: "tag", tags: STATES }, entry)}
          <span class="muted">${describePeriod(entry)}，${entry.channels}</span>
        </li>`)}
    </ul>`;
};
EntryList.props = ["entries"];
