// The heart of a shop: kept among the favourites or not.

import { put, remove } from "./api.js";
import { html } from "./html.js";
import { signIn, isSignedIn } from "./page_context.js";

const { ref } = window.Vue;
const { Icon, showToast } = window.vant;

export const FavouriteButton = {
  props: { shop: { type: Object, required: true }, labelled: Boolean },
  setup(props) {
    const busy = ref(false);

    async function toggleFavourite(event) {
      event.preventDefault();
      if (!isSignedIn) return signIn();
      if (busy.value) return;
      busy.value = true;
      const wanted = !props.shop.is_favourite;
      try {
        await (wanted ? put : remove)(`/api/me/favourites/stores/${props.shop.id}`);
        props.shop.is_favourite = wanted;
        showToast(wanted ? "已收藏" : "已取消收藏");
      } catch (error) {
        error.status === 401 ? signIn() : showToast(error.message);
      } finally {
        busy.value = false;
      }
    }

    return () => {
      const kept = Boolean(props.shop.is_favourite);
      return html`
        <button type="button" class=${["favourite-button", { "favourite-button-on": kept }]} data-testid="favourite-button" aria-pressed=${String(kept)}
          aria-label=${kept ? "取消收藏" : "收藏"} onClick=${toggleFavourite}>
          <${Icon} name=${kept ? "like" : "like-o"} />
          ${props.labelled && html`<span>${kept ? "已收藏" : "收藏"}</span>`}
        </button>`;
    };
  },
};
