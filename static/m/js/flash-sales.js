// The flash sales that are announced or selling.

import { html } from "./html.js";
import { yuan } from "./money.js";
import { flashSaleUrl, mountPage } from "./page_context.js";
import { errorView } from "./page_shell.js";
import { lastStore } from "./mall/context.js";
import { loadFlashSales, stateText } from "./mall/flash_parts.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Empty, Skeleton } = window.vant;

mountPage({
  setup() {
    const state = reactive({ found: null, failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.found = await loadFlashSales();
      } catch (error) {
        state.failure = error.message;
      }
    }

    onMounted(load);
    return () => html`<div class="page flash-sales"><main>${content(state, load)}</main>${tabs("home")}</div>`;
  },
});

function content({ found, failure }, load) {
  if (failure) return errorView(failure, load);
  if (!found) return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} row=${5} /></section>`;
  if (!found.list.length) return html`<${Empty} description="还没有抢购活动" data-testid="no-sales" />`;
  return html`<h1>限时抢购</h1>${found.list.map((sale) => html`
    <a class="card flash-row" key=${sale.id} href=${flashSaleUrl(sale.id, lastStore() ?? "")} data-testid="flash-row">
      ${sale.picture_url && html`<img src=${sale.picture_url} alt="" loading="lazy" />`}
      <span><b>${sale.name}</b><small>${stateText(sale)}</small></span><em>¥${yuan(sale.lowest_fen)} 起</em></a>`)}`;
}
