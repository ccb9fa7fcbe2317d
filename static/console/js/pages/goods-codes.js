// 扫描购: the print sheet of QR codes, one for each SKU of a shop. A scan opens the goods page of that shop.

import { html } from "../../../m/js/html.js";
import { fileUrl, get } from "../api.js";
import { errorView } from "../blocks/error-view.js";
import { money } from "../format.js";

const { ElButton, ElInputNumber } = window.ElementPlus;
const { reactive, watch } = window.Vue;
const { useRoute } = window.VueRouter;
const WIDTHS_MM = [25, 120];

const label = (row, width) => html`
  <li key=${row.sku_id} style=${{ width: `${width}mm` }} data-testid="goods-code">
    <img src=${fileUrl(`/goods-codes/${encodeURIComponent(row.shop)}/${row.sku_id}/image`, { form: "svg" })} alt=${`${row.name} ${row.specification}的二维码`} />
    <p><strong>${row.name}</strong> ${row.specification}</p>
    <p>¥${money(row.price_fen)}${row.member_price_fen !== null && ` 会员 ¥${money(row.member_price_fen)}`}</p>
    <p class="muted">${row.code} ${row.rack}</p>
  </li>`;

const component = {
  setup() {
    const route = useRoute();
    const path = route.path;
    const state = reactive({ found: null, failure: "", width: 45 });

    async function load() {
      if (route.path !== path) return; // another tab is shown
      state.failure = "";
      try {
        state.found = await get("/goods-codes", { shop: route.query.shop, ids: route.query.ids });
      } catch (error) {
        state.failure = error.msg;
      }
    }

    watch(() => [route.query.shop, route.query.ids], load, { immediate: true });
    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      return html`
        <section class="card">
          <div class="toolbar no-print">
            <label>宽度（毫米） <${ElInputNumber} modelValue=${state.width} min=${WIDTHS_MM[0]} max=${WIDTHS_MM[1]} ariaLabel="宽度（毫米）" ...${{ "onUpdate:modelValue": (width) => (state.width = width ?? 45) }} /></label>
            <${ElButton} type="primary" onClick=${() => window.print()}>打印<//>
            <span class="muted">${state.found && `${state.found.shop}：`}顾客扫码打开该门店的商品页，选好后下单。</span>
          </div>
          ${state.found?.missing.length > 0 && html`<p class="notice no-print">该门店没有上架，未列出：${state.found.missing.join("、")}</p>`}
          <ul class="qr-sheet">${(state.found?.list ?? []).map((row) => label(row, state.width))}</ul>
        </section>`;
    };
  },
};

export default { title: "扫描购二维码", component };
