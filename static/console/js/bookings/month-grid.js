// A month as a grid of days from Monday on: what a day shows and what a click does comes from the page.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";

const { ElButton } = window.ElementPlus;
const WEEK = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const GRID = { display: "grid", gridTemplateColumns: "repeat(7, minmax(0, 1fr))", gap: "4px" };
const CELL = { minHeight: "68px", padding: "6px 4px", border: "1px solid #dfe3ea", borderRadius: "6px", background: "#fff", textAlign: "center", overflow: "hidden" };
const COLOURS = { open: { background: "#e9f6ee" }, hidden: { background: "#f1f2f5" }, waiting: { background: "#fff4dc" } };
const CHOSEN = { outline: "2px solid #1f5fd0", outlineOffset: "-2px" };

export const thisMonth = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date()).slice(0, 7);

export function addMonths(month, step) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + step, 1)).toISOString().slice(0, 7);
}

function daysOf(month) {
  const [year, number] = month.split("-").map(Number);
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: count }, (_, at) => `${month}-${String(at + 1).padStart(2, "0")}`);
}

const column = (day) => ((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;

/** `cell(day)` gives `{ lines, kind: open | hidden | waiting, disabled }`, `isChosen(day)` marks it. */
export const MonthGrid = ({ month, cell, isChosen, onTurn, onPick }) => html`
  <div>
    <div class="toolbar" role="group" aria-label="月份">
      <${ElButton} ariaLabel="上个月" onClick=${() => onTurn(addMonths(month, -1))}>${icon("arrow-left")}<//>
      <b data-testid="month">${month.replace("-", " 年 ")} 月</b>
      <${ElButton} ariaLabel="下个月" onClick=${() => onTurn(addMonths(month, 1))}>${icon("arrow-right")}<//>
    </div>
    <div style=${GRID}>
      ${WEEK.map((label) => html`<span key=${label} style=${{ textAlign: "center" }}>${label}</span>`)}
      ${daysOf(month).map((day) => dayCell(day, cell(day), isChosen?.(day) ?? false, onPick))}
    </div>
  </div>`;
MonthGrid.props = ["month", "cell", "isChosen", "onTurn", "onPick"];

function dayCell(day, { lines = [], kind, disabled = false }, isChosen, onPick) {
  const place = day.endsWith("-01") ? { gridColumnStart: column(day) } : {};
  return html`
    <button key=${day} type="button" class="plain" style=${{ ...CELL, ...COLOURS[kind], ...(isChosen && CHOSEN), ...place }} disabled=${disabled}
      aria-pressed=${isChosen} data-day=${day} onClick=${() => onPick(day)}>
      <b><span class="visually-hidden">${day.slice(0, 8)}</span>${Number(day.slice(8))}</b>${lines.map((line) => html`<small key=${line} style=${{ display: "block", overflowWrap: "anywhere" }}>${line}</small>`)}
    </button>`;
}
