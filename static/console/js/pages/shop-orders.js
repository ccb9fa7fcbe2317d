// 商城订单: orders of mini-program and pages, by state with counts.

import { html } from "../../../m/js/html.js";
import { get } from "../api.js";
import { ListPage } from "../blocks/list-page.js";
import { choices, SHOP_ORDER_KINDS, SHOP_ORDER_STATES } from "../labels.js";
import { findShops } from "../options.js";
import { enterOrder } from "../orders/entry-form.js";

const { RouterLink, useRoute } = window.VueRouter;
const { onActivated, onDeactivated, reactive, watch } = window.Vue;
const TERMS = { online: "在线付款", cash_on_delivery: "货到付款" };

const FILTERS = [
  { prop: "search", label: "查找", placeholder: "单号、取货码、手机或商品", private: true },
  { prop: "day", label: "下单日期", type: "dates" },
  { prop: "shop", label: "门店", type: "select", remote: (text) => findShops(text, "code") },
  { prop: "state", label: "状态", type: "select", options: choices(SHOP_ORDER_STATES) },
  { prop: "kind", label: "消费方式", type: "select", options: Object.entries(SHOP_ORDER_KINDS) },
  { prop: "payment_terms", label: "付款方式", type: "select", options: Object.entries(TERMS) },
  { prop: "hidden", label: "隐藏", type: "select", options: [["yes", "已隐藏"]] },
  { prop: "overdue", label: "取货", type: "select", options: [["yes", "提醒后仍未取"]] },
];

const CREATE = { label: "代客下单", right: "shop_orders.create", open: enterOrder };
const COLUMNS = [
  { prop: "number", label: "单号", phone: true, width: 192 },
  { prop: "shop", label: "门店", minWidth: 120 },
  { prop: "customer", label: "客户", width: 80 },
  { prop: "phone", label: "手机号", width: 116 },
  { prop: "total_fen", label: "金额", phone: true, format: "money", width: 90 },
  { prop: "kind_label", label: "消费方式", width: 88 },
  { prop: "payment_label", label: "付款方式", width: 88 },
  { prop: "is_paid", label: "支付状态", width: 84, render: ({ is_paid }) => (is_paid ? "已支付" : "未支付") },
  { prop: "state", label: "状态", phone: true, format: "tag", tags: SHOP_ORDER_STATES, width: 84 },
  { prop: "placed_at", label: "下单时间", format: "time", width: 160 },
  { prop: "goods", label: "商品", minWidth: 170 },
];

const component = {
  setup() {
    const route = useRoute();
    const state = reactive({ counts: [] });
    const others = () => { // the counts are those of the other filters
      const { state: _, page: __, sort: ___, ...kept } = route.query;
      return kept;
    };
    const load = () => get("/shop-orders/counts", others()).then((counts) => (state.counts = counts)).catch(() => null);
    let isShown = true;

    watch(() => route.query, () => isShown && route.path === "/shop-orders" && load());
    onActivated(() => ((isShown = true), load()));
    onDeactivated(() => (isShown = false));
    return () => html`
      <div class="state-columns">
        <nav class="state-counts" aria-label="状态">
          ${[{ state: "", label: "全部", count: state.counts.reduce((sum, { count }) => sum + count, 0) }, ...state.counts].map((one) => html`
            <${RouterLink} key=${one.state} to=${{ path: "/shop-orders", query: { ...others(), ...(one.state ? { state: one.state } : {}) } }} class=${(route.query.state ?? "") === one.state ? "on" : ""}>${() => [one.label, html`<b>${one.count}</b>`]}<//>`)}
        </nav>
        <${ListPage} url="/shop-orders" columns=${COLUMNS} filters=${FILTERS} rowKey="number" exportKind="shop_orders" create=${CREATE} detail=${({ number }) => `/shop-orders/${number}`} emptyText="没有符合条件的订单" />
      </div>`;
  },
};

export default { title: "商城订单", component };
