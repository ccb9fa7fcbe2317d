// What I keep: goods and stores.

import { get, remove } from "./api.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { mountMemberPage } from "./page_shell.js";
import { MyFavourites } from "./me/favourites.js";
import { markedRow } from "./mall/marked_goods.js";

const { reactive } = window.Vue;
const { showToast } = window.vant;
const PAGE_SIZE = 20;
const readPage = (after, page_size = PAGE_SIZE) => get("/api/me/favourites/goods", { after, page_size });

const Goods = {
  setup() {
    const state = reactive({ refreshKey: 0 });

    async function drop({ goods_id }) {
      try {
        await remove(`/api/me/favourites/goods/${goods_id}`);
        state.refreshKey += 1;
      } catch (error) {
        showToast(error.message);
      }
    }

    const button = (row) => html`<button type="button" class="chip" aria-label=${`取消收藏${row.name}`} onClick=${() => drop(row)} data-testid="drop-favourite">取消</button>`;
    return () => html`
      <section class="card marked" data-testid="favourite-goods"><h2>收藏的商品</h2>
        <${Ledger} fetchPage=${readPage} renderRow=${(row) => markedRow(row, button(row))} refreshKey=${state.refreshKey} empty="还没有收藏的商品" /></section>`;
  },
};

mountMemberPage("favourites", () => readPage(null, 1), () => html`<div><${Goods} /><${MyFavourites} /></div>`);
