// Links between pages.

import { html } from "../../m/js/html.js";
import { NONE, text } from "./format.js";
import { can } from "./session.js";

const { RouterLink } = window.VueRouter;

/** A link to a page of the console, a dash without a text. */
export const linkTo = (path, label) => (label ? html`<${RouterLink} to=${path}>${label}<//>` : NONE);

/** The page of a member, for whom may open it. */
export const linkToMember = (card) => (can("members.read") ? linkTo(`/members/${card}`, card) : text(card));

/** The order or top-up that was paid for. */
export const linkToPayable = ({ payable_kind, payable_number }) => (payable_kind === "order" ? linkTo(`/orders/${payable_number}`, payable_number) : payable_number);
