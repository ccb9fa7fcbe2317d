// My orders by state, with the number of those that wait for something.

import { get } from "../api.js";
import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const { onMounted, reactive, watch } = window.Vue;
const { Icon } = window.vant;
const GROUPS = [
  ["unpaid", "待付款", "balance-o"], ["preparing", "备货中", "gift-o"], ["on_the_way", "待收货", "location-o"], ["done", "已完成", "passed"], ["refunds", "退款", "exchange"],
];
const COUNTED = ["unpaid", "preparing", "on_the_way"];

export const MyOrders = {
  props: { refreshKey: Number },
  setup(props) {
    const state = reactive({ counts: {} });
    const load = () => get("/api/me/orders/counts").then((counts) => (state.counts = counts), () => null); // the ways to the lists need no numbers

    onMounted(load);
    watch(() => props.refreshKey, load);
    return () => html`
      <section class="card" data-testid="my-orders">
        <p class="orders-head"><b>我的订单</b><a href=${pageUrl("orders")} data-testid="link-orders">全部订单</a></p>
        <nav class="order-states" aria-label="我的订单">${GROUPS.map(([group, label, icon]) => link(group, label, icon, COUNTED.includes(group) ? state.counts[group] : 0))}</nav>
      </section>`;
  },
};

function link(group, label, icon, count) {
  return html`
    <a key=${group} href=${`${pageUrl("orders")}#${group}`} data-testid=${`orders-${group}`} aria-label=${count ? `${label}，${count} 单` : null}>
      <${Icon} name=${icon} badge=${count || ""} max="99" /><span>${label}</span>
    </a>`;
}
