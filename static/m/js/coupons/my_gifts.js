// What I gave to friends, and what became of it.

import { get } from "../api.js";
import { momentText } from "../days.js";
import { html } from "../html.js";

const { onMounted, reactive } = window.Vue;
const PAGE_SIZE = 20;

export const MyGifts = {
  setup() {
    const state = reactive({ gifts: [], failure: "" });

    async function load() {
      try {
        const found = await get("/api/me/gifts", { page_size: PAGE_SIZE });
        state.gifts = found.list.filter((gift) => gift.state !== "offered"); // those stand above
      } catch (error) {
        state.failure = error.message;
      }
    }

    onMounted(load);
    return () => {
      if (state.failure) return html`<p class="error-text">${state.failure}</p>`;
      if (!state.gifts.length) return null;
      return html`
        <section class="card" data-testid="my-gifts">
          <h2>转赠记录</h2>
          <ul class="steps">${state.gifts.map(giftRow)}</ul>
        </section>`;
    };
  },
};

function giftRow({ display, label, offered_at }, at) {
  return html`<li key=${at}><span>${display.name}<small>${momentText(offered_at)}</small></span><b>${label}</b></li>`;
}
