// The goods that I viewed, the latest first, and the way to forget them.

import { get, remove } from "./api.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { mountMemberPage } from "./page_shell.js";
import { markedRow } from "./mall/marked_goods.js";

const { reactive } = window.Vue;
const { showConfirmDialog, showToast } = window.vant;
const PAGE_SIZE = 20;
const readPage = (after, page_size = PAGE_SIZE) => get("/api/me/footprints", { after, page_size });

const Footprints = {
  props: { total: Number },
  setup(props) {
    const state = reactive({ refreshKey: 0, total: props.total });

    async function clear() {
      const agreed = await showConfirmDialog({ title: "清空足迹？" }).then(() => true, () => false);
      if (!agreed) return;
      try {
        await remove("/api/me/footprints");
        Object.assign(state, { refreshKey: state.refreshKey + 1, total: 0 });
      } catch (error) {
        showToast(error.message);
      }
    }

    return () => html`
      <section class="card marked" data-testid="footprints">
        <p class="marked-head"><b>我的足迹</b>${state.total > 0 && html`<button type="button" class="chip" onClick=${clear} data-testid="clear">清空</button>`}</p>
        <${Ledger} fetchPage=${readPage} renderRow=${(row) => markedRow(row)} refreshKey=${state.refreshKey} empty="还没有看过商品" /></section>`;
  },
};

mountMemberPage("footprints", () => readPage(null, 1), ({ total }) => html`<${Footprints} total=${total} />`);
