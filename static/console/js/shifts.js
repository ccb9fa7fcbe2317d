// The difference of a shift: counted minus expected cash.

import { html } from "../../m/js/html.js";
import { money, NONE } from "./format.js";

/** `长款 5.00` or `短款 5.00` in a colour, 0.00 if nothing differs, a dash before the count. */
export function difference({ difference_fen }) {
  if (difference_fen === null || difference_fen === undefined) return NONE;
  if (!difference_fen) return money(0);
  return html`<span class="differing">${difference_fen > 0 ? "长款" : "短款"} ${money(Math.abs(difference_fen))}</span>`;
}
