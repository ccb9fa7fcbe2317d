// My orders of all shops and tills, by state, the latest first; news of a payment within two seconds.

import { get } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { yuan } from "./money.js";
import { mountMemberPage } from "./page_shell.js";
import { pollWhileVisible } from "./visible_poll.js";
import { orderUrl } from "./mall/context.js";
import { OrderSheet } from "./orders/order_sheet.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const PAGE_SIZE = 20;
const GROUPS = [["", "全部"], ["unpaid", "待付款"], ["preparing", "备货中"], ["on_the_way", "待收货"], ["done", "已完成"], ["refunds", "退款"]];
const TILL = "till";
const LINKED = GROUPS.find(([group]) => group === location.hash.slice(1))?.[0] ?? ""; // the state that a link names
const readPage = (state, cursor, size) => get("/api/me/orders", { state, page_size: size, after: cursor });

/** The latest paid order, the number of all, and how many are in each state: an older one may be paid after it. */
async function readLatest() {
  const [{ list, total }, counts] = await Promise.all([readPage("paid", null, 1), get("/api/me/orders/counts")]);
  return { order: list[0] ?? null, total, counts };
}

const Orders = {
  props: { latest: Object },
  setup(props) {
    const state = reactive({ ...props.latest, fresh: null, opened: null, group: LINKED });
    let stop = () => {};

    /** Also the points of the latest order may come a moment later than the order. */
    async function poll() {
      const { order, total, counts } = await readLatest();
      const isSame = order?.number === state.order?.number && order?.points === state.order?.points;
      Object.assign(state, { order, total, counts }, order && !isSame && { fresh: order });
      return false;
    }

    onMounted(() => (stop = pollWhileVisible(poll)));
    onUnmounted(() => stop());
    return () => html`
      <div>
        ${state.fresh && freshNotice(state.fresh)}
        <p class="order-groups" role="group" aria-label="订单状态">${GROUPS.map(([group, label]) => groupButton(state, group, label))}</p>
        <section class="card" data-testid="orders">
          <h2>我的订单</h2>
          <${Ledger} key=${state.group} fetchPage=${(cursor) => readPage(state.group, cursor, PAGE_SIZE)} renderRow=${(order) => orderRow(order, state)}
            refreshKey=${`${state.total} ${state.order?.points} ${JSON.stringify(state.counts)}`} empty="还没有订单" />
        </section>
        <${OrderSheet} number=${state.opened} onClose=${() => (state.opened = null)} />
      </div>`;
  },
};

mountMemberPage("orders", readLatest, (latest) => html`<${Orders} latest=${latest} />`);

function groupButton(state, group, label) {
  const count = ["unpaid", "preparing", "on_the_way"].includes(group) ? state.counts[group] : 0;
  return html`
    <button type="button" key=${group} class=${["chip", { on: state.group === group }]} aria-pressed=${state.group === group} onClick=${() => (state.group = group)} data-testid=${`group-${group || "all"}`}>
      ${label}${count > 0 && html`<b class="badge">${count}</b>`}
    </button>`;
}

function freshNotice({ store_name, total_fen, points }) {
  return html`<p class="code-success" role="status" data-testid="fresh">${store_name} 消费 ${yuan(total_fen)} 元${points > 0 ? `，获得 ${points} 积分` : ""}</p>`;
}

function orderRow(order, state) {
  const { number, kind, store_name, total_fen, paid_at, placed_at, points, state_label, item_count, lines } = order;
  const content = html`
    <div><span>${store_name}</span><small>${momentText(paid_at ?? placed_at)}${kind === TILL ? "" : ` ${lines[0].name}${item_count > 1 ? `等 ${item_count} 件` : ""}`}</small></div>
    <b>¥${yuan(total_fen)}<small class=${points > 0 && "plus"}>${points > 0 ? `+${points} 积分` : state_label}</small></b>`;
  if (kind !== TILL) return html`<li key=${number} data-testid="order"><a class="entry" href=${orderUrl(number)}>${content}</a></li>`;
  return html`<li key=${number} data-testid="order"><button type="button" class="entry" onClick=${() => (state.opened = number)}>${content}</button></li>`;
}
