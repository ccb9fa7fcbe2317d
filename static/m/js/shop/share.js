// Passing a shop on: inside WeChat by its own menu, elsewhere by the link.

import { html } from "../html.js";
import { inWeChat, shopUrl } from "../page_context.js";

const { ref } = window.Vue;
const { Button, Overlay, showDialog, showToast } = window.vant;

export const Share = {
  props: { shop: { type: Object, required: true } },
  setup({ shop }) {
    const hinting = ref(false);
    const link = location.origin + shopUrl(shop.id);

    async function shareLink() {
      if (inWeChat) {
        hinting.value = true;
        return;
      }
      try {
        await navigator.clipboard.writeText(link);
        showToast("链接已复制");
      } catch {
        showDialog({ title: "分享门店", message: link }); // no clipboard here: the link is shown instead
      }
    }

    return () => html`
      <div class="share">
        <${Button} block=${true} round=${true} plain=${true} type="primary" icon="share-o" onClick=${shareLink} data-testid="share">分享门店<//>
        <${Overlay} show=${hinting.value} onClick=${() => (hinting.value = false)} zIndex=${50}>
          <p class="share-hint">点击右上角 ···<br />发送给朋友</p>
        <//>
      </div>`;
  },
};
