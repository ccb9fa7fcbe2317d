// The shops that I keep.

import { get } from "../api.js";
import { FavouriteButton } from "../favourite_button.js";
import { html } from "../html.js";
import { shopUrl } from "../page_context.js";
import { openTag, shopLogo } from "../shop_display.js";

const { onMounted, reactive } = window.Vue;

export const MyFavourites = {
  setup() {
    const state = reactive({ shops: [], loaded: false, failure: "" });

    async function load() {
      try {
        const found = await get("/api/me/favourites/stores", { page_size: 100 });
        Object.assign(state, { shops: found.list.map(asFavourite), loaded: true, failure: "" });
      } catch (error) {
        state.failure = error.message;
      }
    }

    onMounted(load);
    return () => html`
      <section class="card" data-testid="favourites">
        <h2>收藏的门店</h2>
        ${state.failure && html`<p class="error-text">${state.failure}</p>`}
        ${state.loaded && !state.shops.length && html`<p class="empty">还没有收藏的门店</p>`}
        <ul class="favourites">${state.shops.map(favouriteRow)}</ul>
      </section>`;
  },
};

function asFavourite(shop) {
  return { ...shop, is_favourite: true };
}

function favouriteRow(shop) {
  return html`
    <li key=${shop.id} data-testid="favourite">
      <a href=${shopUrl(shop.id)}>${shopLogo(shop, "shop-logo-small")}<span><b>${shop.name}</b>${openTag(shop)}</span></a>
      <${FavouriteButton} shop=${shop} />
    </li>`;
}
