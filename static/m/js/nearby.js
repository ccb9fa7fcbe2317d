// Shops nearby: the list around a place, or of a city when no place is known.

import { html } from "./html.js";
import { mountPage } from "./page_context.js";
import { searchBar } from "./nearby/search_bar.js";
import { PlaceSheet } from "./nearby/place_sheet.js";
import { useSearch } from "./nearby/search.js";
import { shopCard } from "./nearby/shop_card.js";
import { tabs } from "./tabs.js";

const { onMounted } = window.Vue;
const { Button, Empty, List, Loading } = window.vant;

mountPage({
  setup() {
    const search = useSearch();
    onMounted(search.begin);
    window.addEventListener("hashchange", search.followLink);
    return () => html`
      <div class="page nearby">
        ${searchBar(search)}
        <main>${content(search)}</main>
        <${PlaceSheet} search=${search} />
        ${tabs("nearby")}
      </div>`;
  },
});

function content(search) {
  const { state } = search;
  if (state.step === "locating") {
    return html`<div class="waiting" data-testid="locating"><${Loading} vertical=${true}>正在定位…<//></div>`;
  }
  if (state.step === "asking") return chooseLocationView(search);
  return html`
    <${List} loading=${state.loading} error=${state.failed} finished=${state.finished} offset=${200}
      onLoad=${search.loadMore} finishedText=${state.shops.length ? "没有更多了" : ""} class="shops">
      ${{
        default: () => state.shops.map(shopCard),
        error: () => errorView(search),
      }}
    <//>
    ${state.finished && !state.shops.length && noResultsView(search)}`;
}

function chooseLocationView({ state, openSheet }) {
  return html`
    <${Empty} class="asking" data-testid="asking" image="search" description=${`${state.reason}，选个地方也能找到门店`}>
      <${Button} type="primary" round=${true} onClick=${openSheet} data-testid="choose-place">选择位置或城市<//>
    <//>`;
}

function errorView({ state, retry }) {
  return html`
    <div class="error-text" data-testid="load-error">
      <p>${state.failure}</p>
      <${Button} size="small" round=${true} onClick=${retry} data-testid="retry">重试<//>
    </div>`;
}

function noResultsView({ state, widen, clear, inCity }) {
  const { distant } = state;
  const { radius_m } = state.filters;
  const wider = state.place && radius_m && radius_m < 50_000 && !distant;
  return html`
    <${Empty} data-testid="no-results" image="search" description=${distant?.text ?? "这里没有找到门店"}>
      <div class="empty-actions">
        ${distant?.city && html`<${Button} type="primary" round=${true} onClick=${() => inCity(distant.city)} data-testid="distant-city">看看${distant.city}的门店<//>`}
        ${wider && html`<${Button} type="primary" round=${true} onClick=${widen} data-testid="widen">扩大到 50 公里<//>`}
        ${!distant && html`<${Button} round=${true} onClick=${clear} data-testid="clear">清除筛选<//>`}
      </div>
    <//>`;
}
