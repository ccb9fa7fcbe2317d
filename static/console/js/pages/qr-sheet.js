// The print sheet of QR codes: as many as fit on a page, each with its name. The browser prints it or saves a PDF.

import { html } from "../../../m/js/html.js";
import { fileUrl, get } from "../api.js";
import { errorView } from "../blocks/error-view.js";

const { ElButton, ElInputNumber } = window.ElementPlus;
const { reactive, watch } = window.Vue;
const { useRoute } = window.VueRouter;
const WIDTHS_MM = [30, 180];

const component = {
  setup() {
    const route = useRoute();
    const path = route.path;
    const state = reactive({ codes: null, failure: "", width: 60 });

    async function load() {
      if (route.path !== path) return; // another tab is shown
      const ids = String(route.query.ids ?? "").split(",").filter((id) => /^\d+$/.test(id));
      state.failure = "";
      try {
        state.codes = await Promise.all(ids.map((id) => get(`/qr-codes/${id}`)));
      } catch (error) {
        state.failure = error.msg;
      }
    }

    watch(() => route.query.ids, load, { immediate: true });
    return () => {
      if (state.failure) return html`<section class="card">${errorView(state.failure, load)}</section>`;
      return html`
        <section class="card">
          <div class="toolbar no-print">
            <label>宽度（毫米） <${ElInputNumber} modelValue=${state.width} min=${WIDTHS_MM[0]} max=${WIDTHS_MM[1]} ariaLabel="宽度（毫米）" ...${{ "onUpdate:modelValue": (width) => (state.width = width ?? 60) }} /></label>
            <${ElButton} type="primary" onClick=${() => window.print()}>打印<//>
            <span class="muted">打印窗口中选“另存为 PDF”可保存文件。</span>
          </div>
          <ul class="qr-sheet">${(state.codes ?? []).map(({ id, name }) => html`
            <li key=${id} style=${{ width: `${state.width}mm` }}><img src=${fileUrl(`/qr-codes/${id}/image`, { form: "svg" })} alt=${`二维码 ${name}`} /><p>${name}</p></li>`)}</ul>
        </section>`;
    };
  },
};

export default { title: "打印二维码", component };
