// Flash sales on any page: the clock of the server, what is left until a moment, and the banner of the home page.

import { get } from "../api.js";
import { momentText } from "../days.js";
import { html } from "../html.js";
import { flashSaleUrl, pageUrl } from "../page_context.js";
import { yuan } from "../money.js";

const two = (value) => String(value).padStart(2, "0");

/** By how much the server is ahead of this phone, whose clock may be wrong. */
export const aheadOf = (serverTime) => Date.parse(serverTime) - Date.now();

/** `1 天 02:03:04` of milliseconds; `00:00:00` when the moment is over. */
export function durationText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return days ? `${days} 天 ${clock}` : clock;
}

/** The phase of a sale at a moment of the server's clock: the page need not ask for it each second. */
export function phaseAt({ phase, starts_at, ends_at }, now) {
  if (phase === "stopped" || phase === "ended") return phase;
  if (now >= Date.parse(ends_at)) return "ended";
  return now < Date.parse(starts_at) ? "announced" : "selling";
}

export const loadFlashSales = (store, goods = "") => get("/api/flash-sales", { store_id: store, goods_id: goods });

/** The sales of the home page: the first ones, with the way to all. */
export function flashBanner(found, store) {
  if (!found?.list.length) return null;
  return html`
    <section class="card home-flash" aria-label="限时抢购" data-testid="home-flash">
      <h2>限时抢购<a class="more" href=${pageUrl("flash-sales")}>全部</a></h2>
      <ul class="rows">${found.list.slice(0, 2).map((sale) => html`
        <li key=${sale.id}><a href=${flashSaleUrl(sale.id, store?.id)} data-testid="flash-link"><b>${sale.name}</b><small>${stateText(sale)}</small></a>
          <span>¥${yuan(sale.lowest_fen)} 起</span></li>`)}</ul>
    </section>`;
}

/** The sales that have the goods of a page. */
export const goodsFlashSales = (found, store) => found?.list.map((sale) => html`
  <section class="card" key=${sale.id} data-testid="goods-flash">
    <ul class="rows"><li><a href=${flashSaleUrl(sale.id, store)} data-testid="flash-link"><b>限时抢购 ¥${yuan(sale.lowest_fen)}</b><small>${sale.name} · ${stateText(sale)}</small></a></li></ul>
  </section>`);

/** What a list says about a sale. */
export function stateText({ phase, label, starts_at, left }) {
  if (phase === "announced") return `${momentText(starts_at)} 开始`;
  if (phase !== "selling") return label;
  return left > 0 ? "抢购中" : "已抢光";
}
