// 数据分析 of a coupon rule: totals, and what happened each day.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { Chart } from "../blocks/chart.js";
import { errorView } from "../blocks/error-view.js";
import { input } from "../blocks/form-fields.js";
import { money, number } from "../format.js";
import { SimpleTable } from "./simple-table.js";

const { ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;
const DAY_COLUMNS = [
  { prop: "day", label: "日期", width: 120 },
  { prop: "issued", label: "发放", format: "number" },
  { prop: "claimed", label: "其中领取", format: "number" },
  { prop: "used", label: "使用", format: "number" },
  { prop: "value_fen", label: "抵扣金额", format: "money" },
];
const PERIOD = { prop: "period", label: "日期", type: "dates" };

export const Figures = {
  props: { ruleId: String },
  setup(props) {
    const state = reactive({ data: null, failure: "", period: null });

    async function load() {
      state.failure = "";
      const [since, until] = state.period ?? [];
      try {
        state.data = await get(`/coupon-rules/${props.ruleId}/figures`, { since, until });
        state.period = [state.data.days[0].day, state.data.days.at(-1).day];
      } catch (error) {
        state.failure = error.msg ?? "数据没有读到，请稍后再试";
      }
    }

    function setPeriod(period) {
      state.period = period;
      load();
    }

    load();
    return () => {
      if (state.failure) return errorView(state.failure, () => setPeriod(null));
      if (!state.data) return html`<${ElSkeleton} rows=${6} animated=${true} />`;
      return html`
        <div data-testid="figures">
          <dl class="tiles">${tilesOf(state.data).map(([label, value, sub]) => html`<div class="tile" key=${label}><dt>${label}</dt><dd>${value}${sub && html`<span class="sub">${sub}</span>`}</dd></div>`)}</dl>
          <div class="filters"><span class="filter dates"><span class="label">日期</span>${input(PERIOD, state.period, setPeriod)}</span></div>
          <${Chart} option=${chartOf(state.data.days)} label="每天发放、领取、使用的张数和抵扣金额" />
          <${SimpleTable} rows=${[...state.data.days].reverse().filter(({ issued, used }) => issued || used)} columns=${DAY_COLUMNS} label="每天的数据" emptyText="这段时间没有发放和使用" />
        </div>`;
    };
  },
};

const tilesOf = (data) => [
  ["已发放", number(data.issued), data.stock === null ? "不限量" : `共 ${number(data.stock)}，剩 ${number(data.remaining)}`],
  ["持券会员", number(data.holders)],
  ["用券会员", number(data.users), `新客 ${number(data.new_customers)}，老客 ${number(data.returning_customers)}`],
  ["使用率", data.holders ? `${((data.users / data.holders) * 100).toFixed(1)}%` : "—"],
  ["抵扣金额", money(data.value_fen)],
  ["订单金额", money(data.order_fen)],
  ["实收金额", money(data.paid_fen)],
  ["投入产出", data.return_on_investment ?? "—", "实收 ÷ 抵扣"],
];

function chartOf(days) {
  const of = (name) => days.map((day) => day[name]);
  return {
    tooltip: { trigger: "axis" }, legend: { top: 0, data: ["发放", "领取", "使用", "抵扣金额"] }, grid: { left: 50, right: 60, top: 50, bottom: 40 },
    xAxis: { type: "category", data: of("day").map((day) => day.slice(5)) },
    yAxis: [{ type: "value", name: "张", minInterval: 1 }, { type: "value", name: "元", splitLine: { show: false } }],
    series: [
      { name: "发放", type: "bar", data: of("issued") }, { name: "领取", type: "bar", data: of("claimed") }, { name: "使用", type: "bar", data: of("used") },
      { name: "抵扣金额", type: "line", yAxisIndex: 1, data: of("value_fen").map((fen) => fen / 100) },
    ],
  };
}
