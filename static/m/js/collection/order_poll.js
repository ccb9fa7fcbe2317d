// The state of an order that is being paid, and the points that it brings a moment later.

import { get } from "../api.js";
import { pollWhileVisible } from "../visible_poll.js";

const POLLS_FOR_POINTS = 6; // the member and the points come with the payment's event

/** Calls `show` with the order whenever it was read, until its payment is final. Returns a function that stops it. */
export function visiblePollOfOrder(number, show) {
  let pollsLeft = POLLS_FOR_POINTS;
  return pollWhileVisible(async () => {
    const order = await get(`/api/me/orders/${encodeURIComponent(number)}`);
    show(order);
    if (order.state === "unpaid") return false;
    pollsLeft -= 1;
    return order.state === "closed" || order.points !== null || pollsLeft <= 0;
  });
}
