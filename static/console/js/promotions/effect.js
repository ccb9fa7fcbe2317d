// The effect of a promotion: orders, buyers, amount off and gross amount of a period, and by day.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { Chart } from "../blocks/chart.js";
import { errorView } from "../blocks/error-view.js";
import { FilterBar } from "../blocks/filter-bar.js";
import { plainTable } from "../blocks/plain-table.js";
import { Facts } from "../blocks/detail-page.js";
import { money, number } from "../format.js";

const { ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;
const FILTERS = [{ prop: "days", label: "付款日期", type: "dates" }];
const TOTALS = [
  { label: "订单数", prop: "orders", format: "number" }, { label: "会员数", prop: "members", format: "number" }, { label: "参加件数", prop: "units", format: "number" },
  { label: "优惠金额", prop: "off_fen", format: "money" }, { label: "原价金额", prop: "list_fen", format: "money" },
  { label: "让利比例", render: ({ off_fen: off, list_fen: list }) => (list ? `${((off / list) * 100).toFixed(1)}%` : "—") },
];
const COLUMNS = [
  { prop: "day", label: "日期", width: 120 }, { prop: "orders", label: "订单数", format: "number", width: 90 }, { prop: "units", label: "件数", format: "number", width: 90 },
  { prop: "off_fen", label: "优惠金额", format: "money", minWidth: 110 }, { prop: "list_fen", label: "原价金额", format: "money", minWidth: 110 },
];

const chartOf = (days) => ({
  tooltip: { trigger: "axis", formatter: (points) => points.map(({ seriesName, name, value }) => `${name} ${seriesName} ${seriesName === "订单数" ? number(value) : `${value} 元`}`).join("\n") },
  legend: {}, grid: { left: 50, right: 50, top: 40, bottom: 30 }, xAxis: { type: "category", data: days.map(({ day }) => day.slice(5)) },
  yAxis: [{ type: "value", name: "元" }, { type: "value", name: "单", minInterval: 1 }],
  series: [
    { name: "优惠金额", type: "bar", data: days.map(({ off_fen: off }) => off / 100) },
    { name: "订单数", type: "line", yAxisIndex: 1, data: days.map(({ orders }) => orders) },
  ],
});

export const Effect = {
  props: { id: String },
  setup(props) {
    const state = reactive({ filters: { days: null }, found: null, failure: "" });

    async function load() {
      const [since, until] = state.filters.days ?? [];
      state.failure = "";
      try {
        state.found = await get(`/promotions/${props.id}/effect`, since ? { since, until } : {});
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }

    load();
    return () => {
      if (state.failure) return errorView(state.failure, load);
      if (!state.found) return html`<${ElSkeleton} rows=${4} animated=${true} data-testid="loading" />`;
      const { total, days, since, until } = state.found;
      return html`
        <div data-testid="promotion-effect">
          <${FilterBar} filters=${FILTERS} values=${state.filters} onSearch=${load} />
          <p class="muted">${since} 至 ${until} 付款的订单，不扣除以后的退货。优惠金额共 ${money(total.off_fen)} 元。</p>
          <${Facts} facts=${TOTALS} data=${total} />
          ${days.length > 0 && html`<${Chart} option=${chartOf(days)} label="每天的优惠金额和订单数" height="260px" />`}
          ${plainTable(days, COLUMNS, { label: "每天的效果", emptyText: "这段时间还没有订单" })}
        </div>`;
    };
  },
};
