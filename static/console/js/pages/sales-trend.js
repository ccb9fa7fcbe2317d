// 销售量统计: orders, units and amounts by day, week or month.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { Chart } from "../blocks/chart.js";
import { errorView } from "../blocks/error-view.js";
import { ExportButton } from "../blocks/export-button.js";
import { FilterBar } from "../blocks/filter-bar.js";
import { filterParameters } from "../blocks/list-query.js";
import { plainTable } from "../blocks/plain-table.js";
import { money } from "../format.js";
import { findShops } from "../options.js";
import { can } from "../session.js";

const { ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;

const FILTERS = [
  { prop: "day", label: "日期", type: "dates" },
  { prop: "period", label: "周期", type: "select", options: [["day", "按日"], ["week", "按周"], ["month", "按月"]] },
  { prop: "shop", label: "店铺", type: "select", remote: (text) => findShops(text, "code") },
];
const COLUMNS = [
  { prop: "first", label: "日期", minWidth: 190, render: ({ first, last }) => (last === first ? first : `${first} 至 ${last}`) },
  { prop: "orders", label: "订单数", format: "number", width: 90 },
  { prop: "units", label: "件数", format: "number", width: 90 },
  { prop: "sales_fen", label: "销售额", format: "money", minWidth: 120 },
  { prop: "return_orders", label: "退单数", format: "number", width: 90 },
  { prop: "return_units", label: "退货件数", format: "number", width: 95 },
  { prop: "returns_fen", label: "退货额", format: "money", minWidth: 120 },
  { prop: "net_fen", label: "净额", format: "money", minWidth: 120 },
];
const SUMMED = ["orders", "units", "sales_fen", "return_orders", "return_units", "returns_fen", "net_fen"];

const sum = (rows) => ({ first: "合计", last: "合计", ...Object.fromEntries(SUMMED.map((name) => [name, rows.reduce((total, row) => total + row[name], 0)])) });

/** The net amount as a line in yuan. */
const chartOf = (rows) => ({
  grid: { left: 12, right: 20, top: 20, bottom: 8, containLabel: true },
  tooltip: { trigger: "axis" },
  xAxis: { type: "category", data: rows.map(({ first }) => first.slice(5)), boundaryGap: false },
  yAxis: { type: "value" },
  series: [{ type: "line", name: "净额（元）", data: rows.map(({ net_fen }) => net_fen / 100), areaStyle: { opacity: 0.08 }, showSymbol: false }],
});

const component = {
  setup() {
    const state = reactive({ filters: { day: null, period: "day", shop: null }, rows: null, option: null, failure: "", asked: 0 });
    const parameters = () => filterParameters(state, FILTERS);

    async function load() {
      const asked = ++state.asked;
      state.failure = "";
      try {
        const { list } = await get("/sales-trend", parameters());
        if (asked === state.asked) Object.assign(state, { rows: list, option: chartOf(list) });
      } catch (error) {
        if (asked === state.asked) state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }
    load();

    const content = () => {
      if (state.failure) return errorView(state.failure, load);
      if (!state.rows) return html`<${ElSkeleton} rows=${8} animated=${true} data-testid="loading" />`;
      const total = sum(state.rows);
      return [
        html`<${Chart} option=${state.option} label=${`净额，合计 ${money(total.net_fen)} 元`} height="260px" />`,
        plainTable([...state.rows, total], COLUMNS, { label: "按周期" }),
      ];
    };

    return () => html`
      <div class="list-page">
        <${FilterBar} filters=${FILTERS} values=${state.filters} onSearch=${load} />
        <section class="card">
          <p class="notice">不选日期时统计本月至今。销售按付款日期、退货按退货日期统计，金额含运费，退货为负数。</p>
          <div class="toolbar" role="toolbar" aria-label="操作"><span class="end">${can("sales_trend.export") && html`<${ExportButton} kind="sales_trend" filters=${parameters} />`}</span></div>
          ${content()}
        </section>
      </div>`;
  },
};

export default { title: "销售量统计", component };
