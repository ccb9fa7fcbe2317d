// What I bought and paid: the latest first, each with its lines, and news of a payment within two seconds.

import { get } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { yuan } from "./money.js";
import { mountMemberPage } from "./page_shell.js";
import { pollWhileVisible } from "./visible_poll.js";
import { OrderSheet } from "./orders/order_sheet.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const PAGE_SIZE = 20;
const readPage = (cursor, size) => get("/api/me/orders", { state: "paid", page_size: size, after: cursor });

/** The latest order and the number of all: an older one may be paid after it. */
async function readLatest() {
  const { list, total } = await readPage(null, 1);
  return { order: list[0] ?? null, total };
}

const Orders = {
  props: { latest: Object },
  setup(props) {
    const state = reactive({ ...props.latest, fresh: null, opened: null });
    let stop = () => {};

    /** Also the points of the latest order may come a moment later than the order. */
    async function poll() {
      const { order, total } = await readLatest();
      const isSame = order?.number === state.order?.number && order?.points === state.order?.points;
      Object.assign(state, { order, total }, order && !isSame && { fresh: order });
      return false;
    }

    onMounted(() => (stop = pollWhileVisible(poll)));
    onUnmounted(() => stop());
    return () => html`
      <div>
        ${state.fresh && freshNotice(state.fresh)}
        <section class="card" data-testid="orders">
          <h2>我的消费</h2>
          <${Ledger} fetchPage=${(cursor) => readPage(cursor, PAGE_SIZE)} renderRow=${(order) => orderRow(order, state)}
            refreshKey=${`${state.total} ${state.order?.points}`} empty="还没有消费" />
        </section>
        <${OrderSheet} number=${state.opened} onClose=${() => (state.opened = null)} />
      </div>`;
  },
};

mountMemberPage("orders", readLatest, (latest) => html`<${Orders} latest=${latest} />`);

function freshNotice({ store_name, total_fen, points }) {
  return html`<p class="code-success" role="status" data-testid="fresh">${store_name} 消费 ${yuan(total_fen)} 元${points > 0 ? `，获得 ${points} 积分` : ""}</p>`;
}

function orderRow({ number, store_name, total_fen, paid_at, points }, state) {
  return html`
    <li key=${number} data-testid="order">
      <button type="button" class="entry" onClick=${() => (state.opened = number)}>
        <div><span>${store_name}</span><small>${momentText(paid_at)}</small></div>
        <b>¥${yuan(total_fen)}${points > 0 && html`<small class="plus">+${points} 积分</small>`}</b>
      </button>
    </li>`;
}
