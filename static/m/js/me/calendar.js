// Check-ins: the month with the days done, the streak, today's button, what comes next; a missed day is tapped to fill it.

import { get, post } from "../api.js";
import { daysInMonth, addMonths, today, weekdayOf } from "../days.js";
import { html } from "../html.js";

const { onMounted, reactive, watch } = window.Vue;
const { Button, Icon, showConfirmDialog, showToast } = window.vant;
const WEEK = ["一", "二", "三", "四", "五", "六", "日"];

export const MyCalendar = {
  props: { refreshKey: Number },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ month: today().slice(0, 7), data: null, failure: "", busy: false });

    async function load() {
      try {
        state.data = await get("/api/me/check-ins", { month: state.month });
        state.failure = "";
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function checkIn() {
      state.busy = true;
      try {
        const outcome = await post("/api/me/check-ins");
        showToast(outcome.already_done ? "今天已经签到过了" : `签到成功，积分 +${outcome.points}`);
        emit("done");
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = false;
      }
    }

    async function makeUp(day) {
      const { remaining, price } = state.data.make_ups;
      const cost = price ? `需要 ${price} 积分，` : "";
      try {
        await showConfirmDialog({ title: `补签 ${dayText(day)}`, message: `${cost}本月还可补签 ${remaining} 次` });
      } catch {
        return; // thought better of it
      }
      try {
        const outcome = await post("/api/me/check-ins/make-ups", { day });
        showToast(outcome.already_done ? "那天已经签到过了" : `补签成功，积分 +${outcome.points}`);
        emit("done");
      } catch (error) {
        showToast(error.message);
      }
    }

    function turnTo(step) {
      state.month = addMonths(state.month, step);
      return load();
    }

    onMounted(load);
    watch(() => props.refreshKey, load);
    return () => html`
      <section class="card calendar" data-testid="calendar">
        ${state.data && streakRow(state, checkIn)}
        ${state.data && rewardRules(state.data.rules)}
        ${state.failure && html`<p class="error-text">${state.failure}</p>`}
        ${monthHead(state, turnTo)}
        <div class="days">${WEEK.map((label) => html`<span key=${label} class="weekday">${label}</span>`)}${cells(state, makeUp)}</div>
        ${state.data?.make_ups && makeUpHint(state.data.make_ups)}
      </section>`;
  },
};

function streakRow({ data, busy }, checkIn) {
  const { done, streak } = data.today;
  return html`
    <div class="streak-row">
      <div>
        <h2>已连续签到 <strong data-testid="streak">${streak}</strong> 天</h2>
        <p data-testid="next-reward">${nextReward(data)}</p>
      </div>
      <${Button} type="primary" round=${true} size="small" disabled=${done} loading=${busy} onClick=${checkIn} data-testid="check-in">
        ${done ? "今日已签" : "签到"}
      <//>
    </div>`;
}

function nextReward({ today: { done, streak, next_streak: ahead, next_extra: extra }, rules }) {
  const daily = done ? "" : `今天签到 +${rules.points}`;
  if (!ahead) return daily || "明天再来吧";
  const next = `再签 ${ahead - streak} 天另得 ${extra} 积分`;
  return daily ? `${daily}，${next}` : next;
}

function rewardRules({ streaks, cycle_days: cycle }) {
  const rewards = Object.entries(streaks)
    .filter(([, extra]) => extra)
    .sort(([a], [b]) => a - b)
    .map(([days, extra]) => `${days} 天 +${extra}`);
  return cycle && html`<p class="reward-rules" data-testid="reward-rules">连签奖励：${rewards.join("、")}，每满 ${cycle} 天重新计算</p>`;
}

function monthHead({ month }, turnTo) {
  const [year, number] = month.split("-").map(Number);
  const latest = month >= today().slice(0, 7);
  return html`
    <div class="month-head">
      <button type="button" aria-label="上个月" onClick=${() => turnTo(-1)}><${Icon} name="arrow-left" /></button>
      <span data-testid="month">${year} 年 ${number} 月</span>
      <button type="button" aria-label="下个月" disabled=${latest} onClick=${() => turnTo(1)}><${Icon} name="arrow" /></button>
    </div>`;
}

function makeUpHint({ days, remaining }) {
  const words = remaining ? `点漏签的日子可以补签，本月还可补签 ${remaining} 次` : "本月补签次数已用完";
  return (days.length || !remaining) && html`<p class="make-up-hint" data-testid="make-up-hint">${words}</p>`;
}

function dayText(day) {
  return `${Number(day.slice(5, 7))} 月 ${Number(day.slice(8))} 日`;
}

function cells({ month, data }, makeUp) {
  const done = new Map((data?.days ?? []).map((one) => [one.day, one]));
  const missed = new Set(data?.make_ups?.days ?? []);
  const column = (day, at) => (at === 0 ? weekdayOf(day) + 1 : null);
  return daysInMonth(month).map((day, at) =>
    missed.has(day) ? missedCell(day, column(day, at), makeUp) : cell(day, done.get(day), column(day, at)));
}

function missedCell(day, column, makeUp) {
  return html`
    <button key=${day} type="button" class="day missed" style=${column && { gridColumnStart: column }}
      data-testid="day-missed" aria-label=${`补签 ${dayText(day)}`} onClick=${() => makeUp(day)}>
      <b>${Number(day.slice(8))}</b>
      <small>补签</small>
    </button>`;
}

function cell(day, done, column) {
  const number = Number(day.slice(8));
  const looks = ["day", { done, today: day === today() }];
  return html`
    <span key=${day} class=${looks} style=${column && { gridColumnStart: column }} data-testid=${done ? "day-done" : "day"}
      aria-label=${`${number} 日${done ? "，已签到" : ""}`}>
      <b>${done ? html`<${Icon} name="success" />` : number}</b>
      <small>${done ? `+${done.points}` : ""}</small>
    </span>`;
}
