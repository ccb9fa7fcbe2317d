// 支付汇总: what orders were paid with, by kind and shop, on the day of the payment, and refunds on theirs.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { ExportButton } from "../blocks/export-button.js";
import { FilterBar } from "../blocks/filter-bar.js";
import { filterParameters } from "../blocks/list-query.js";
import { plainTable } from "../blocks/plain-table.js";
import { money, today } from "../format.js";
import { choices, PAYABLES, PAYMENT_KINDS } from "../labels.js";
import { findShops } from "../options.js";
import { can } from "../session.js";

const { ElSkeleton } = window.ElementPlus;
const { reactive } = window.Vue;

const KINDS = { ...PAYMENT_KINDS, stored_value: "储值本金", stored_value_bonus: "储值赠金", voucher: "购物券", points: "积分抵现", cash_refund: "现金退款" };
const FILTERS = [
  { prop: "day", label: "日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "search", label: "单号", placeholder: "订单或支付单号" },
  { prop: "kind", label: "支付类型", type: "select", options: choices(KINDS) },
  { prop: "payable", label: "单据", type: "select", options: choices(PAYABLES), placeholder: "订单" },
];
const COLUMNS = [
  { prop: "report", label: "支付类型", minWidth: 130 },
  { prop: "name", label: "名称", minWidth: 130 },
  { prop: "count", label: "收款笔数", format: "number", width: 95 },
  { prop: "paid_fen", label: "收款金额", format: "money", minWidth: 120 },
  { prop: "refunded_count", label: "退款笔数", format: "number", width: 95 },
  { prop: "refunded_fen", label: "退款金额", format: "money", minWidth: 120 },
  { prop: "net_fen", label: "净额", format: "money", minWidth: 120 },
];
const SHOP_COLUMN = { prop: "shop", label: "门店", minWidth: 170 };

const sumOf = (rows, name) => rows.reduce((sum, row) => sum + row[name], 0);
const withNet = (row) => ({ ...row, net_fen: row.paid_fen - row.refunded_fen });
const totalOf = ({ kinds, paid_fen, refunded_fen }) => withNet({
  report: "合计", name: "", count: sumOf(kinds, "count"), refunded_count: sumOf(kinds, "refunded_count"), paid_fen, refunded_fen,
});
const note = (fen) => (fen ? html`<p class="notice">优惠券优惠 ${money(fen)} 元，不计入合计。</p>` : null);

const component = {
  setup() {
    const state = reactive({ filters: { day: [today(), today()], shop: null, search: null, kind: null, payable: null }, report: null, failure: "", asked: 0 });
    const parameters = () => filterParameters(state, FILTERS);

    async function load() {
      const asked = ++state.asked;
      state.failure = "";
      try {
        const report = await get("/payment-report", parameters());
        if (asked === state.asked) state.report = report;
      } catch (error) {
        if (asked === state.asked) state.failure = error.msg ?? "页面出了点问题，请刷新后再试";
      }
    }
    load();

    const tables = ({ total, shops }) => [
      plainTable([...total.kinds.map(withNet), ...(total.kinds.length ? [totalOf(total)] : [])], COLUMNS, { emptyText: "没有支付", label: "合计" }),
      note(total.coupon_fen),
      shops.length > 0 && html`<h3 class="part-head">按门店</h3>`,
      shops.length > 0 && plainTable(shops.flatMap((one) => one.kinds.map((row) => withNet({ ...row, shop: one.shop }))), [SHOP_COLUMN, ...COLUMNS], { label: "按门店" }),
    ];

    const content = () => {
      if (state.failure) return errorView(state.failure, load);
      return state.report ? tables(state.report) : html`<${ElSkeleton} rows=${8} animated=${true} data-testid="loading" />`;
    };

    return () => html`
      <div class="list-page">
        <${FilterBar} filters=${FILTERS} values=${state.filters} onSearch=${load} />
        <section class="card">
          <div class="toolbar" role="toolbar" aria-label="操作"><span class="end">${can("payment_report.export") && html`<${ExportButton} kind="payment_report" filters=${parameters} />`}</span></div>
          ${content()}
        </section>
      </div>`;
  },
};

export default { title: "支付汇总", component };
