// Goods that I marked or viewed: a row with the store where that was.

import { html } from "../html.js";
import { goodsUrl, picture } from "./context.js";

/** `action` is a button of the row, or nothing. */
export function markedRow({ goods_id, name, picture: address, store_id, store_name, day }, action = null) {
  return html`
    <li key=${`${goods_id} ${day ?? ""}`} data-testid="marked-goods">
      <a href=${goodsUrl(store_id, goods_id)}>${picture(address, name)}<span><b>${name}</b><small>${store_name}${day ? `，${Number(day.slice(5, 7))}月${Number(day.slice(8))}日` : ""}</small></span></a>
      ${action}
    </li>`;
}
