// What I gave to friends, and what became of it.

import { get } from "../api.js";
import { momentText } from "../days.js";
import { html } from "../html.js";

const { onMounted, reactive } = window.Vue;
const SHOWN = 20;

export const MyGifts = {
  setup() {
    const state = reactive({ gifts: [], failure: "" });

    async function load() {
      try {
        const found = await get("/api/me/gifts", { page_size: SHOWN });
        state.gifts = found.list.filter((gift) => gift.state !== "offered"); // those stand above
      } catch (refusal) {
        state.failure = refusal.message;
      }
    }

    onMounted(load);
    return () => {
      if (state.failure) return html`<p class="trouble">${state.failure}</p>`;
      if (!state.gifts.length) return null;
      return html`
        <section class="card" data-testid="my-gifts">
          <h2>转赠记录</h2>
          <ul class="steps">${state.gifts.map(line)}</ul>
        </section>`;
    };
  },
};

function line({ face, word, offered_at }, at) {
  return html`<li key=${at}><span>${face.name}<small>${momentText(offered_at)}</small></span><b>${word}</b></li>`;
}
