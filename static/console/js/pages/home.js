// 主页: the figures of today beside yesterday and a week ago, the last 30 days, what waits for me, and all pages.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { Chart } from "../blocks/chart.js";
import { errorView } from "../blocks/error-view.js";
import { money, number } from "../format.js";
import { icon } from "../icon.js";
import { shownMenu } from "../layout/menu.js";
import { PAGES } from "../pages.js";
import { can, session } from "../session.js";

const { ElButton, ElSkeleton, ElTooltip } = window.ElementPlus;
const { onActivated, reactive } = window.Vue;
const { RouterLink } = window.VueRouter;
const UNITS = { people: "人", count: "", fen: "元" };

const shown = ({ unit }, value) => (unit === "fen" ? money(value) : number(value));
const hasPage = (path) => path.split("?")[0] in PAGES && can(PAGES[path.split("?")[0]].right);

/** The definition of a figure, for pointer, finger and keyboard. */
const hint = ({ title, definition }) => html`
  <${ElTooltip} content=${definition} placement="top" trigger=${["hover", "click", "focus"]} popperClass="hint">
    ${{ default: () => html`<button type="button" class="plain hint-button" aria-label=${`${title}：${definition}`}>${icon("info-filled")}</button>` }}
  <//>`;

const tile = (figure) => html`
  <li key=${figure.key} data-figure=${figure.key}>
    <p class="tile-title">${figure.title} ${hint(figure)}</p>
    <p class="tile-value number"><strong>${shown(figure, figure.today)}</strong> ${UNITS[figure.unit]}</p>
    <p class="muted number">昨日 ${shown(figure, figure.yesterday)}</p>
    <p class="muted number">上周同日 ${shown(figure, figure.last_week)}</p>
  </li>`;

const waitingRow = (work) => {
  const text = html`<span>${work.title}</span> <strong class="number">${number(work.count)}</strong>`;
  return html`<li key=${work.key}>${hasPage(work.path) ? html`<${RouterLink} to=${work.path}>${text}<//>` : html`<span class="plain-row">${text}</span>`} ${hint(work)}</li>`;
};

/** A line of ECharts; money is drawn in yuan. */
function lineOf({ days }, series) {
  const scale = series.unit === "fen" ? 100 : 1;
  return {
    grid: { left: 12, right: 20, top: 20, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: days.map((day) => day.slice(5)), boundaryGap: false },
    yAxis: { type: "value", minInterval: scale === 1 ? 1 : 0.01 },
    series: [{ type: "line", name: series.title, data: series.values.map((value) => value / scale), areaStyle: { opacity: 0.08 }, showSymbol: false }],
  };
}

const component = {
  setup() {
    const state = reactive({ home: null, trend: null, key: null, failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.home = await get("/home");
        if (state.home.figures.length) state.trend = await get("/home/trend");
        state.key ??= ["sales_fen", "members"].find((key) => state.trend?.series.some((each) => each.key === key)) ?? state.trend?.series[0]?.key;
      } catch (error) {
        state.failure = error.msg ?? "请刷新后再试";
      }
    }

    let isFirst = true;
    onActivated(() => (isFirst ? (isFirst = false) : load())); // the figures of a tab that is shown again are new ones
    load();

    const trend = () => {
      const chosen = state.trend?.series.find(({ key }) => key === state.key);
      if (!chosen) return null;
      return html`
        <section class="card">
          <header class="detail-head"><h2>近 30 天</h2>
            <label class="muted">指标 <select class="size" value=${state.key} onChange=${(event) => (state.key = event.target.value)} data-testid="trend">
              ${state.trend.series.map(({ key, title }) => html`<option key=${key} value=${key}>${title}</option>`)}
            </select></label>
          </header>
          <${Chart} option=${lineOf(state.trend, chosen)} label=${`近 30 天${chosen.title}，合计 ${shown(chosen, chosen.values.reduce((sum, value) => sum + value, 0))} ${UNITS[chosen.unit]}`} height="260px" />
        </section>`;
    };

    const shortcuts = () => html`
      <section class="card">
        <h2>全部功能</h2>
        ${shownMenu().map(({ key, title, entries }) => {
          const others = entries.filter(({ path }) => path !== "/");
          return others.length > 0 && html`
            <h3 key=${key} class="shortcut-head">${title}</h3>
            <ul class="shortcuts">${others.map((entry) => html`<li key=${entry.key}><${RouterLink} to=${entry.path}>${icon(entry.icon)} ${entry.title}<//></li>`)}</ul>`;
        })}
      </section>`;

    const today = () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      if (!state.home) return html`<section class="card"><${ElSkeleton} rows=${5} animated=${true} data-testid="loading" /></section>`;
      const { day, figures, waiting } = state.home;
      return [
        html`
          <section class="card">
            <header class="detail-head"><h2>${session.me?.nickname || session.me?.login}，你好</h2>
              <span class="muted number end">${day}${session.me?.shops ? ` · ${session.me.shops.map(({ name }) => name).join("、")}` : ""}
                <${ElButton} link=${true} type="primary" onClick=${load} data-testid="refresh">刷新<//></span>
            </header>
            ${figures.length ? html`<ul class="tiles">${figures.map(tile)}</ul>` : html`<p class="notice">请从左侧菜单进入功能</p>`}
          </section>`,
        waiting.length > 0 && html`<section class="card" data-testid="waiting"><h2>待处理</h2><ul class="waiting">${waiting.map(waitingRow)}</ul></section>`,
        trend(),
      ];
    };

    return () => html`<div class="home-page">${today()}${shortcuts()}</div>`;
  },
};

export default { title: "主页", component };
