// The shops that I keep.

import { get } from "../api.js";
import { Heart } from "../heart.js";
import { html } from "../html.js";
import { storeAddress } from "../here.js";
import { openTag, sign } from "../shop_facts.js";

const { onMounted, reactive } = window.Vue;

export const MyFavourites = {
  setup() {
    const state = reactive({ shops: [], told: false, failure: "" });

    async function load() {
      try {
        const found = await get("/api/me/favourites/stores", { page_size: 100 });
        Object.assign(state, { shops: found.list.map(asKept), told: true, failure: "" });
      } catch (refusal) {
        state.failure = refusal.message;
      }
    }

    onMounted(load);
    return () => html`
      <section class="card" data-testid="favourites">
        <h2>收藏的门店</h2>
        ${state.failure && html`<p class="trouble">${state.failure}</p>`}
        ${state.told && !state.shops.length && html`<p class="empty">还没有收藏的门店</p>`}
        <ul class="favourites">${state.shops.map(line)}</ul>
      </section>`;
  },
};

function asKept(shop) {
  return { ...shop, is_favourite: true };
}

function line(shop) {
  return html`
    <li key=${shop.id} data-testid="favourite">
      <a href=${storeAddress(shop.id)}>${sign(shop, "sign-small")}<span><b>${shop.name}</b>${openTag(shop)}</span></a>
      <${Heart} shop=${shop} />
    </li>`;
}
