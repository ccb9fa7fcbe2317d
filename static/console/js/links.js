// Links between pages.

import { html } from "../../m/js/html.js";
import { NONE } from "./format.js";

const { RouterLink } = window.VueRouter;

/** A link to a page of the console, a dash without a text. */
export const linkTo = (path, text) => (text ? html`<${RouterLink} to=${path}>${text}<//>` : NONE);

/** The order or top-up that was paid for. */
export const linkToPayable = ({ payable_kind, payable_number }) => (payable_kind === "order" ? linkTo(`/orders/${payable_number}`, payable_number) : payable_number);
