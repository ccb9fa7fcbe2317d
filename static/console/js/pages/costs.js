// 成本报表: what points and coupons gave, by cost centre and period.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { ListPage } from "../blocks/list-page.js";
import { number } from "../format.js";

const { ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;

const FILTERS = [{ prop: "day", label: "日期", type: "dates" }];
const FIRST = [
  { prop: "cost_centre", label: "编码", width: 150 },
  { prop: "name", label: "成本中心", minWidth: 150 },
];
const LAST = [
  { prop: "coupons", label: "用券张数", format: "number", width: 120 },
  { prop: "coupon_fen", label: "用券金额（元）", format: "money", width: 150 },
];

const component = {
  setup() {
    const state = reactive({ columns: null, failure: "" });

    /** The point groups are columns. */
    async function load() {
      state.failure = "";
      try {
        const { list } = await get("/costs/groups");
        const groups = list.map(({ id, name }) => ({ prop: `points.${id}`, label: name, minWidth: 110, align: "right", render: ({ points }) => number(points[id] ?? 0) }));
        state.columns = [...FIRST, ...groups, ...LAST];
      } catch (error) {
        state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }
    load();

    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      if (!state.columns) return html`<section class="card"><${ElSkeleton} rows=${6} animated=${true} /></section>`;
      return html`<${ListPage} url="/costs" columns=${state.columns} filters=${FILTERS} rowKey="name" exportKind="costs" emptyText="这段时间没有积分和优惠券支出"
        note="不选日期时统计本月至今。积分为发放减去退货扣回，优惠券按使用日期统计。" />`;
    };
  },
};

export default { title: "成本报表", component };
