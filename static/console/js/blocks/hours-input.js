// Opening hours in a form: spans by weekday, and other spans on named days.

import { html } from "../../../m/js/html.js";
import { icon } from "../icon.js";

const { ElButton, ElDatePicker, ElInput, ElSwitch } = window.ElementPlus;
const { reactive } = window.Vue;

export const WEEKDAYS = [["mon", "周一"], ["tue", "周二"], ["wed", "周三"], ["thu", "周四"], ["fri", "周五"], ["sat", "周六"], ["sun", "周日"]];
const USUAL = ["09:00", "21:00"];
const MAX_SPANS = 6;
const MAX_DAYS = 400;
const DAY_MS = 24 * 3600 * 1000;

/** `8:00` and `８：００` as `08:00`. */
const toClock = (text) => text.trim().replaceAll("：", ":").replace(/^(\d):/, "0$1:");
const isClock = (text) => /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text);
const isComplete = (spans) => spans.every((span) => span.every(isClock));

/** Rules of the fields: what is wrong about the spans, or nothing. */
export const checkHours = (week) => {
  const wrong = WEEKDAYS.filter(([day]) => !isComplete(week?.[day] ?? [])).map(([, label]) => label);
  return wrong.length ? `${wrong.join("、")}的时间应写成 08:00，全天写 00:00 至 24:00` : "";
};
export const checkHolidays = (holidays) => {
  const wrong = Object.entries(holidays ?? {}).find(([, spans]) => !isComplete(spans));
  return wrong ? `${wrong[0]} 的时间应写成 08:00` : "";
};

const SpansInput = ({ spans, label, onChanged }) => {
  const replace = (index, end, text) => onChanged(spans.map((span, at) => (at === index ? span.map((old, which) => (which === end ? text : old)) : span)));
  const box = (index, end) => html`
    <${ElInput} class="clock" modelValue=${spans[index][end]} ariaLabel=${`${label}第 ${index + 1} 段${end ? "结束" : "开始"}`} maxlength=${5} placeholder=${USUAL[end]}
      onBlur=${() => replace(index, end, toClock(spans[index][end]))} ...${{ "onUpdate:modelValue": (text) => replace(index, end, text) }} />`;
  return html`
    <span class="spans">
      ${spans.map((_, index) => html`
        <span class="span" key=${index}>${box(index, 0)} 至 ${box(index, 1)}
          <button type="button" class="plain remove" aria-label=${`删除${label}第 ${index + 1} 段`} onClick=${() => onChanged(spans.filter((__, at) => at !== index))}>${icon("close")}</button></span>`)}
      ${spans.length === 0 && html`<span class="muted">休息</span>`}
      ${spans.length < MAX_SPANS && html`<${ElButton} link=${true} type="primary" ariaLabel=${`添加时段 ${label}`} onClick=${() => onChanged([...spans, spans.length ? ["", ""] : [...USUAL]])}>添加时段<//>`}
    </span>`;
};
SpansInput.props = ["spans", "label", "onChanged"];

export const HoursInput = ({ value, onChanged }) => {
  const week = value ?? {};
  const copyMonday = () => onChanged(Object.fromEntries(WEEKDAYS.map(([day]) => [day, JSON.parse(JSON.stringify(week.mon ?? []))])));
  const fillAllDay = () => onChanged(Object.fromEntries(WEEKDAYS.map(([day]) => [day, [["00:00", "24:00"]]])));
  return html`
    <div class="hours-input" role="group" aria-label="营业时间">
      <div><${ElButton} size="small" onClick=${fillAllDay}>24 小时营业<//></div>
      ${WEEKDAYS.map(([day, label]) => html`
        <div class="day" key=${day}><span class="label">${label}</span>
          <${SpansInput} spans=${week[day] ?? []} label=${label} onChanged=${(spans) => onChanged({ ...week, [day]: spans })} />
          ${day === "mon" && html`<${ElButton} class="copy" link=${true} type="primary" onClick=${copyMonday}>应用到每天<//>`}
        </div>`)}
    </div>`;
};
HoursInput.props = ["value", "onChanged"];

export const HolidaysInput = {
  props: ["value", "onChanged"],
  setup(props) {
    const state = reactive({ rows: toRows(props.value ?? {}) });

    function change(rows) {
      state.rows = rows;
      props.onChanged(toDays(rows));
    }

    const replace = (index, part) => change(state.rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
    const row = ({ dates, spans }, index) => html`
      <div class="day" key=${index}>
        <${ElDatePicker} type="daterange" modelValue=${dates} valueFormat="YYYY-MM-DD" unlinkPanels=${true} rangeSeparator="至" startPlaceholder="开始日期" endPlaceholder="结束日期"
          ariaLabel="日期" ...${{ "onUpdate:modelValue": (chosen) => replace(index, { dates: chosen ?? [] }) }} />
        <${ElSwitch} modelValue=${spans.length > 0} activeText="营业" inactiveText="休息" inlinePrompt=${true} ariaLabel="当天营业" ...${{ "onUpdate:modelValue": (isOpen) => replace(index, { spans: isOpen ? [[...USUAL]] : [] }) }} />
        ${spans.length > 0 && html`<${SpansInput} spans=${spans} label="节假日" onChanged=${(changed) => replace(index, { spans: changed })} />`}
        <button type="button" class="plain remove" aria-label="删除这几天" onClick=${() => change(state.rows.filter((_, at) => at !== index))}>${icon("delete")}</button>
      </div>`;

    return () => html`
      <div class="hours-input" role="group" aria-label="节假日营业时间">
        ${state.rows.map(row)}
        <${ElButton} onClick=${() => (state.rows = [...state.rows, { dates: [], spans: [] }])}>添加日期<//>
      </div>`;
  },
};

/** Days in a row with the same spans are one row. */
function toRows(holidays) {
  const rows = [];
  for (const day of Object.keys(holidays).sort()) {
    const last = rows.at(-1);
    const isNext = last && Date.parse(day) - Date.parse(last.dates[1]) === DAY_MS && JSON.stringify(last.spans) === JSON.stringify(holidays[day]);
    if (isNext) last.dates[1] = day;
    else rows.push({ dates: [day, day], spans: holidays[day] });
  }
  return rows;
}

function toDays(rows) {
  const days = {};
  for (const { dates: [first, last], spans } of rows) {
    if (!first) continue;
    const count = Math.min((Date.parse(last) - Date.parse(first)) / DAY_MS, MAX_DAYS);
    for (let ahead = 0; ahead <= count; ahead += 1) days[new Date(Date.parse(first) + ahead * DAY_MS).toISOString().slice(0, 10)] = spans;
  }
  return days;
}
