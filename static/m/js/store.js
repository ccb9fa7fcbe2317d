// The page of one shop.

import { get } from "./api.js";
import { html } from "./html.js";
import { address, shopId, show } from "./here.js";
import { inQuery, knownPlace } from "./place.js";
import { advertisements, pictures } from "./store/gallery.js";
import { head } from "./store/head.js";
import { hoursTable } from "./store/hours.js";
import { Share } from "./store/share.js";
import { tabs } from "./tabs.js";
import { ways } from "./store/ways.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;

show({
  setup() {
    const state = reactive({ shop: null, failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.shop = await get(`/api/stores/${shopId}`, inQuery(knownPlace()));
      } catch (refusal) {
        state.failure = refusal.message;
      }
    }

    onMounted(load);
    return () => html`
      <div class="page store">
        <main>${state.failure ? trouble(state.failure, load) : state.shop ? whole(state.shop) : waiting()}</main>
        ${tabs("")}
      </div>`;
  },
});

function whole(shop) {
  const closed = shop.state === "closed";
  return html`
    <div class="store-columns">
      <div>
        ${advertisements(shop)}
        ${head(shop)}
        ${ways(shop)}
        ${closed ? html`<p class="card store-farewell">本店已关店，<a href=${address("nearby")}>看看附近的其他门店</a></p>` : html`<${Share} shop=${shop} />`}
      </div>
      <div>
        ${!closed && hoursTable(shop)}
        ${introduction(shop)}
        ${pictures(shop)}
      </div>
    </div>`;
}

function introduction({ introduction, description }) {
  const text = introduction || description;
  if (!text) return null;
  return html`
    <section class="card">
      <h2>门店介绍</h2>
      <p class="prose" data-testid="introduction">${text}</p>
    </section>`;
}

function waiting() {
  return html`<section class="card" data-testid="waiting"><${Skeleton} title=${true} avatar=${true} row=${4} /></section>`;
}

function trouble(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="trouble">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
