// Points that moved, with their sign.

import { html } from "../html.js";

export function signedPoints(value) {
  return html`<b class=${value > 0 ? "plus" : "minus"}>${value > 0 ? "+" : "−"}${Math.abs(value).toLocaleString("zh-CN")}</b>`;
}
