// One order: its goods, what was taken off, and what it was paid with.

import { get } from "../api.js";
import { momentText } from "../days.js";
import { html } from "../html.js";
import { yuan } from "../money.js";

const { reactive, watch } = window.Vue;
const { Popup, Skeleton } = window.vant;

export const OrderSheet = {
  props: { number: String },
  emits: ["close"],
  setup(props, { emit }) {
    const state = reactive({ order: null, failure: "" });

    watch(() => props.number, async (number) => {
      if (!number) return;
      Object.assign(state, { order: null, failure: "" });
      try {
        const order = await get(`/api/me/orders/${encodeURIComponent(number)}`);
        if (props.number === number) state.order = order;
      } catch (error) {
        state.failure = error.message;
      }
    });

    return () => html`
      <${Popup} show=${Boolean(props.number)} position="bottom" round=${true} closeable=${true}
        ...${{ "onUpdate:show": () => emit("close") }}>
        <div class="sheet" data-testid="order-sheet">${sheetContent(state)}</div>
      <//>`;
  },
};

function sheetContent({ order, failure }) {
  if (failure) return html`<p class="error-text">${failure}</p>`;
  if (!order) return html`<${Skeleton} title=${true} row=${4} />`;
  return html`
    <h2>${order.store_name}</h2>
    <p class="hint">${momentText(order.paid_at ?? order.placed_at)}<br />订单 ${order.number}</p>
    <ul class="rows">
      ${order.lines.map(({ name, quantity, list_fen, gift }, at) => html`<li key=${at} data-testid="line"><span>${gift ? "赠品 " : ""}${name}${quantity > 1 ? ` × ${quantity}` : ""}</span><span>${yuan(list_fen)}</span></li>`)}
      ${order.discounts.map(({ sentence, fen }, at) => html`<li key=${`d${at}`} data-testid="discount"><span>${sentence}</span><span>−${yuan(fen)}</span></li>`)}
      <li class="sum"><span>合计</span><b>${yuan(order.total_fen)}</b></li>
      ${order.tenders.map(({ sentence, fen }, at) => html`<li key=${`t${at}`} data-testid="tender"><span>${sentence}</span><span>${yuan(fen)}</span></li>`)}
      ${order.points > 0 && html`<li><span>获得积分</span><b class="plus" data-testid="points">+${order.points}</b></li>`}
    </ul>`;
}
