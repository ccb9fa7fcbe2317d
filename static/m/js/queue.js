// The queue of a shop: take a number, then see live how many are ahead.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { mountMemberPage } from "./page_shell.js";
import { shopId } from "./page_context.js";
import { pollWhileVisible } from "./visible_poll.js";
import { ticketCard } from "./bookings/ticket_card.js";

const { onUnmounted, reactive } = window.Vue;
const { Button, Empty, showToast } = window.vant;
const INTERVAL_MS = 3000;
const LIVE = ["waiting", "called"];

async function load() {
  const [queue, { list }] = await Promise.all([get("/api/queues", { store_id: shopId }), get("/api/me/queue-tickets")]);
  return { queue, tickets: list.filter(({ store_id }) => store_id === shopId) };
}

const Queue = {
  props: { first: Object },
  setup({ first }) {
    const state = reactive({ ...first, people: {}, busy: false });
    const reload = async () => void Object.assign(state, await load());

    async function take({ id, min_people: least }) {
      if (state.busy) return;
      state.busy = true;
      try {
        const people = least === null ? {} : { people: Number(state.people[id] ?? least) };
        await post("/api/me/queue-tickets", { queue_id: id, ...people });
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = false;
      }
      await reload().catch(() => null);
    }

    onUnmounted(pollWhileVisible(reload, INTERVAL_MS));
    return () => {
      const mine = state.tickets.filter((one) => LIVE.includes(one.state));
      const shown = mine.length ? mine : state.tickets.slice(0, 1);
      return html`
        <div>
          <section class="card"><h1>${state.queue.store_name}</h1>
            <p class="hint" data-testid="called">${state.queue.called.length ? `正在叫号：${state.queue.called.join("、")}` : "现在没有叫号"}</p></section>
          ${shown.map((one) => ticketCard(one, reload))}
          ${!mine.length && (state.queue.list.length ? state.queue.list.map((one) => typeCard(one, state, take)) : html`<${Empty} description="本店暂时不用排队" data-testid="no-queue" />`)}
        </div>`;
    };
  },
};

function typeCard(one, state, take) {
  const { id, letter, name, min_people: least, max_people: most, is_on, waiting } = one;
  return html`
    <section class="card queue-type" key=${id} data-testid="queue-type">
      <div><b>${letter} ${name}</b><small>${least === null ? "" : `${least}–${most} 人，`}${waiting} 位在等</small></div>
      ${least !== null && html`<select aria-label=${`${name}人数`} onChange=${(event) => (state.people[id] = event.target.value)}>${Array.from({ length: most - least + 1 }, (_, at) => html`<option key=${at} value=${least + at} selected=${Number(state.people[id] ?? least) === least + at}>${least + at} 人</option>`)}</select>`}
      <${Button} round=${true} type="primary" size="small" disabled=${!is_on} loading=${state.busy} onClick=${() => take(one)} data-testid="take">${is_on ? "取号" : "暂停取号"}<//>
    </section>`;
}

mountMemberPage("queue", load, (first) => html`<${Queue} first=${first} />`);
