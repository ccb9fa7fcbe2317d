// My tickets of today, in all shops, with their live positions.

import { get } from "./api.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { pollWhileVisible } from "./visible_poll.js";
import { ticketCard } from "./bookings/ticket_card.js";

const { onUnmounted, reactive } = window.Vue;
const { Empty } = window.vant;
const INTERVAL_MS = 3000;
const load = async () => (await get("/api/me/queue-tickets")).list;

const Tickets = {
  props: { first: Array },
  setup({ first }) {
    const state = reactive({ list: first });
    const reload = async () => void (state.list = await load());
    onUnmounted(pollWhileVisible(reload, INTERVAL_MS));
    return () => (state.list.length ? html`<div>${state.list.map((one) => ticketCard(one, reload))}</div>`
      : html`<${Empty} description="今天还没有取号" data-testid="empty"><a href=${pageUrl("nearby")}>去附近门店看看</a><//>`);
  },
};

mountMemberPage("queue-tickets", load, (first) => html`<${Tickets} first=${first} />`);
