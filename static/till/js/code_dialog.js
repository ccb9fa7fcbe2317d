// A QR code of the platform that the customer scans.

import { html } from "../../m/js/html.js";
import { yuan } from "../../m/js/money.js";
import { reverse } from "./payments.js";

const { onMounted, onUnmounted, reactive, ref } = window.Vue;

export const CodeDialog = {
  props: ["dialog"],
  setup({ dialog }) {
    const button = ref(null);
    const state = reactive({ failure: "", left: 0 });
    const count = () => (state.left = Math.max(0, Math.round((new Date(dialog.answer.expires_at) - Date.now()) / 1000)));
    let timer = 0;

    async function cancel() {
      try {
        await reverse();
      } catch (error) {
        state.failure = error.message;
      }
    }

    onMounted(() => {
      count();
      timer = setInterval(count, 1000);
      button.value?.focus();
    });
    onUnmounted(() => clearInterval(timer));
    return () => html`
      <div class="body code-body">
        <img class="qr" src=${`data:image/svg+xml,${encodeURIComponent(dialog.answer.svg)}`} alt="收款码" data-testid="qr" />
        <p class="big">¥ ${yuan(dialog.amount_fen)}</p>
        <p class="note">${state.left ? `请顾客扫码，${Math.floor(state.left / 60)} 分 ${state.left % 60} 秒内有效` : "收款码已过期，请重新生成"}</p>
        ${state.failure && html`<p class="failure" role="alert">${state.failure}</p>`}
        <footer><button ref=${button} type="button" class="danger" onClick=${cancel}>取消这次收款</button></footer>
      </div>`;
  },
};
