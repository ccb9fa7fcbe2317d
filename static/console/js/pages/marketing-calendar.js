// 营销日历: coupons, activities and promotions of a month, a week or a day, coloured by kind; a click opens one.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { FilterBar } from "../blocks/filter-bar.js";
import { periodOf, turn, weeksOf } from "../calendar/days.js";
import { describePeriod } from "../calendar/labels.js";
import { EntryList, Legend, Weeks } from "../calendar/views.js";
import { today } from "../format.js";
import { icon } from "../icon.js";

const { ElButton, ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;
const VIEWS = [["month", "月"], ["week", "周"], ["day", "日"]];
const options = (name) => async () => (await loadOptions())[name];
let loading = null;
const loadOptions = () => (loading ??= get("/marketing-calendar/options").finally(() => (loading = null)));
const FILTERS = [
  { prop: "kind", label: "类型", type: "select", options: options("kinds") },
  { prop: "channel", label: "渠道", type: "select", options: options("channels") },
  { prop: "state", label: "状态", type: "select", options: options("states") },
];
const phone = window.matchMedia("(max-width: 767px)");

const component = {
  setup() {
    const state = reactive({ view: "month", day: today(), filters: { kind: null, channel: null, state: null }, found: null, kinds: [], failure: "", isPhone: phone.matches });
    phone.addEventListener("change", ({ matches }) => (state.isPhone = matches));
    const period = () => periodOf(state.view, state.day);

    async function load() {
      const [since, until] = period();
      state.failure = "";
      try {
        const found = await get("/marketing-calendar", { since, until, ...chosen() });
        if (since === period()[0] && until === period()[1]) state.found = found;
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }

    const chosen = () => Object.fromEntries(Object.entries(state.filters).filter(([, value]) => value));
    const show = (view, day) => (Object.assign(state, { view, day }), load());

    const head = () => html`
      <div class="toolbar" role="group" aria-label="日期">
        <${ElButton} ariaLabel="往前" onClick=${() => show(state.view, turn(state.view, state.day, -1))}>${icon("arrow-left")}<//>
        <b data-testid="calendar-period">${titleOf(state.view, period())}</b>
        <${ElButton} ariaLabel="往后" onClick=${() => show(state.view, turn(state.view, state.day, 1))}>${icon("arrow-right")}<//>
        <${ElButton} onClick=${() => show(state.view, today())}>今天<//>
        <span class="end">${VIEWS.map(([key, label]) => html`
          <${ElButton} key=${key} type=${state.view === key ? "primary" : ""} aria-pressed=${state.view === key} onClick=${() => show(key, state.day)}>${label}<//>`)}</span>
      </div>`;

    function content() {
      if (state.failure) return errorView(state.failure, load);
      if (!state.found) return html`<${ElSkeleton} rows=${8} animated=${true} data-testid="loading" />`;
      const { entries, today: now, is_cut: isCut } = state.found;
      const isList = state.isPhone || state.view === "day";
      return html`
        ${isCut && html`<p class="notice">内容较多，只显示最早开始的一部分，请缩短时间或加上筛选条件。</p>`}
        ${isList ? html`<${EntryList} entries=${entries} />` : html`
          <${Weeks} weeks=${weeksOf(period())} entries=${entries} today=${now} isMonth=${state.view === "month"} onPick=${(day) => show("day", day)} />
          ${entries.length === 0 && html`<p class="muted">这段时间没有活动</p>`}`}`;
    }

    load();
    loadOptions().then(({ kinds }) => (state.kinds = kinds), () => null);
    return () => html`
      <div class="list-page">
        <${FilterBar} filters=${FILTERS} values=${state.filters} onSearch=${load} />
        <section class="card">${head()}<${Legend} kinds=${state.kinds} />${content()}</section>
      </div>`;
  },
};

function titleOf(view, [first, last]) {
  return view === "month" ? `${first.slice(0, 4)} 年 ${Number(first.slice(5, 7))} 月` : describePeriod({ first_day: first, last_day: last });
}

export default { title: "营销日历", component };
