// Links from a coupon to the pages of other entries, for those who may read them.

import { html } from "../../../m/js/html.js";
import { can } from "../session.js";

const { RouterLink } = window.VueRouter;
const OWN_ORDER = /^9\d{19}$/; // an order of ours; others are those of other systems

export const memberLink = ({ card_number: card }) => (can("members.read") ? html`<${RouterLink} to=${`/members/${card}`}>${card}<//>` : card);

export const orderLink = ({ order_number: number }) => (can("orders.read") && OWN_ORDER.test(number) ? html`<${RouterLink} to=${`/orders/${number}`}>${number}<//>` : number);
