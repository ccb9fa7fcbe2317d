// The page of one shop.

import { get } from "./api.js";
import { html } from "./html.js";
import { account, pageUrl, shopId, mountPage } from "./page_context.js";
import { toQuery, savedLocation } from "./place.js";
import { advertisements, pictures } from "./shop/gallery.js";
import { offerCard } from "./mall/offers.js";
import { shopHeader } from "./shop/header.js";
import { hoursTable } from "./shop/hours.js";
import { Share } from "./shop/share.js";
import { tabs } from "./tabs.js";
import { contactRows } from "./shop/contact_rows.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;

mountPage({
  setup() {
    const state = reactive({ shop: null, promotions: [], failure: "" });

    async function load() {
      state.failure = "";
      try {
        state.shop = await get(`/api/stores/${shopId}`, toQuery(savedLocation()));
        state.promotions = await get(`/api/stores/${shopId}/promotions`).then(({ list }) => list, () => []); // the page is whole without them
      } catch (error) {
        state.failure = error.message;
      }
    }

    onMounted(load);
    return () => html`
      <div class="page store">
        <main>${state.failure ? errorView(state.failure, load) : state.shop ? shopView(state) : loadingView()}</main>
        ${tabs("")}
      </div>`;
  },
});

function shopView({ shop, promotions }) {
  const closed = shop.state === "closed";
  return html`
    <div class="store-columns">
      <div>
        ${advertisements(shop)}
        ${shopHeader(shop)}
        ${contactRows(shop)}
        ${offerCard(promotions)}
        ${!closed && html`<a class="card goods-link" href=${`/m/stores/${encodeURIComponent(shop.id)}/goods?a=${encodeURIComponent(account)}`} data-testid="to-goods">选购商品<span>自提或配送</span></a>`}
        ${!closed && bookingLinks(shop)}
        ${closed ? html`<p class="card store-farewell">本店已关店，<a href=${pageUrl("nearby")}>看看附近的其他门店</a></p>` : html`<${Share} shop=${shop} />`}
      </div>
      <div>
        ${!closed && hoursTable(shop)}
        ${introductionCard(shop)}
        ${pictures(shop)}
      </div>
    </div>`;
}

/** The ways to appointments and the queue, where the shop offers them, and to a reservation. */
function bookingLinks({ id, has_services: books, has_queue: queues }) {
  const link = (name, href, label, hint) => html`<a key=${name} class="card goods-link" href=${href} data-testid=${`to-${name}`}>${label}<span>${hint}</span></a>`;
  const store = encodeURIComponent(id);
  const ofStore = (name) => `/m/stores/${store}/${name}?a=${encodeURIComponent(account)}`;
  return [
    books && link("booking", ofStore("booking"), "预约", "选日期和时段"), queues && link("queue", ofStore("queue"), "排队取号", "在线看前面几位"),
    link("reservations", `${pageUrl("reservations")}&store=${store}`, "大客户预定", "长期供货、大批采购"),
  ];
}

function introductionCard({ introduction, description }) {
  const text = introduction || description;
  if (!text) return null;
  return html`
    <section class="card">
      <h2>门店介绍</h2>
      <p class="prose" data-testid="introduction">${text}</p>
    </section>`;
}

function loadingView() {
  return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} avatar=${true} row=${4} /></section>`;
}

function errorView(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="load-error">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
