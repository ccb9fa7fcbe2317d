// The receipt (小票): shown, printed, and printed again.

import { get } from "./api.js";
import * as device from "./device.js";
import { html } from "../../m/js/html.js";
import { pathOf } from "./sales.js";
import { openDialog, state } from "./state.js";

const { onMounted, reactive, ref } = window.Vue;

const printed = new Set(device.read("printed", [])); // numbers: another slip is marked as a reprint

export function showSlip(sale = state.sale) {
  if (!sale || sale.local) throw new Error(sale ? "网络恢复、上传后才能打印小票" : "没有可以打印的单据");
  openDialog({ kind: "slip", title: "小票", path: `${pathOf(sale)}/slip`, number: sale.number });
}

export const showShiftSlip = () => openDialog({ kind: "slip", title: "交班单", path: "/till/shifts/latest/slip" });

const MAX_PRINTED = 200;
const paperWidth = () => device.read("width") ?? (state.session?.settings?.paper_columns === 48 ? 80 : 58);

export const SlipDialog = {
  props: ["dialog"],
  setup({ dialog }) {
    const [frame, button] = [ref(null), ref(null)];
    const content = reactive({ page: "", failure: "", width: paperWidth() });

    async function load(width) {
      device.write("width", width);
      Object.assign(content, { width, failure: "" });
      try {
        content.page = withNonce((await get(dialog.path, { format: "html", width, ...(printed.has(dialog.number) && { reprint: true }) })).html);
      } catch (error) {
        content.failure = error.message;
      }
      button.value?.focus();
    }

    function print() {
      frame.value?.contentWindow.print();
      if (!dialog.number) return;
      printed.add(dialog.number);
      device.write("printed", [...printed].slice(-MAX_PRINTED));
    }

    onMounted(() => load(content.width));
    return () => html`
      <div class="body slip-body">
        ${content.failure ? html`<p class="failure" role="alert">${content.failure}</p>`
          : html`<iframe ref=${frame} class=${`slip-frame w${content.width}`} sandbox="allow-same-origin allow-modals" srcdoc=${content.page} title="小票" data-testid="slip"></iframe>`}
        <footer>
          ${[58, 80].map((width) => html`<button type="button" class=${content.width === width && "chosen"} onClick=${() => load(width)}>${width} 毫米</button>`)}
          <button ref=${button} type="button" class="submit" onClick=${print}>打印 <kbd>Enter</kbd></button>
        </footer>
      </div>`;
  },
};

/** The frame is under the policy of this page, so the slip's own styles need its nonce; scripts never run there. */
function withNonce(page) {
  const { nonce } = document.querySelector("script[nonce]");
  return page.replace(/<style\b/g, `<style nonce="${nonce}"`);
}
