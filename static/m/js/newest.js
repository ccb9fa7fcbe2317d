// The newest shops of the tenant.

import { get } from "./api.js";
import { html } from "./html.js";
import { mountPage } from "./page_context.js";
import { shopCard } from "./nearby/shop_card.js";
import { tabs } from "./tabs.js";

const { reactive } = window.Vue;
const { Button, Empty, List } = window.vant;
const PAGE_SIZE = 20;

mountPage({
  setup() {
    const state = reactive({ shops: [], cursor: null, loading: false, finished: false, failure: "" });

    async function more() {
      state.failure = "";
      try {
        const found = await get("/api/stores", { sort: "newest", after: state.cursor, page_size: PAGE_SIZE });
        state.shops.push(...found.list);
        Object.assign(state, { cursor: found.next_cursor, finished: !found.has_more });
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.loading = false;
      }
    }

    return () => html`
      <div class="page newest">
        <main>
          <h1 class="newest-title">最新门店</h1>
          <${List} loading=${state.loading} error=${Boolean(state.failure)} finished=${state.finished} offset=${200} class="shops"
            ...${{ "onUpdate:loading": (on) => (state.loading = on) }} onLoad=${more}
            finishedText=${state.shops.length ? "没有更多了" : ""}>
            ${{ default: () => state.shops.map(shopCard), error: () => errorView(state.failure, more) }}
          <//>
          ${state.finished && !state.shops.length && html`<${Empty} image="search" description="还没有门店" />`}
        </main>
        ${tabs("newest")}
      </div>`;
  },
});

function errorView(failure, retry) {
  return html`
    <div class="error-text" data-testid="load-error">
      <p>${failure}</p>
      <${Button} size="small" round=${true} onClick=${retry} data-testid="retry">重试<//>
    </div>`;
}
