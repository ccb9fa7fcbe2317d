// Giving a coupon to a friend: a link that is shown once, to be copied into a chat.

import { post } from "../api.js";
import { momentText } from "../days.js";
import { html } from "../html.js";
import { brandName } from "../page_context.js";

const { reactive } = window.Vue;
const { Button, Popup, showConfirmDialog, showToast } = window.vant;

export const GiftSheet = {
  props: { coupon: { type: Object, required: true } },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ gift: null, busy: false });

    async function createGift() {
      const message = "好友领取前您不能使用这张券，超时未领取会自动退回";
      const sure = await showConfirmDialog({ title: "转赠给好友", message }).catch(() => null);
      if (sure !== "confirm") return;
      state.busy = true;
      try {
        state.gift = await post(`/api/me/coupons/${props.coupon.code}/gifts`);
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = false;
      }
    }

    function close() {
      state.gift = null;
      emit("done");
    }

    return () => html`
      <div class="gift-action">
        <${Button} block=${true} round=${true} type="primary" icon="gift-o" loading=${state.busy} onClick=${createGift} data-testid="give">转赠好友<//>
        <${Popup} show=${Boolean(state.gift)} round=${true} position="bottom" closeOnClickOverlay=${false}>
          ${state.gift && sheetContent(state.gift, props.coupon.display, close)}
        <//>
      </div>`;
  },
};

function sheetContent({ link, expires_at }, { name }, close) {
  const text = `送你一张${brandName}的「${name}」，${momentText(expires_at)}前领取：${link}`;
  return html`
    <div class="gift-sheet" data-testid="gift-sheet">
      <h2>发给微信好友</h2>
      <p>复制下面的内容，粘贴到与好友的聊天里。链接只显示这一次，谁先领取归谁。</p>
      <textarea readonly rows="5" aria-label="转赠链接" data-testid="gift-link">${text}</textarea>
      <${Button} block=${true} round=${true} type="primary" onClick=${(event) => copyText(event, text)} data-testid="copy">复制<//>
      <button type="button" class="quiet" onClick=${close} data-testid="close">我已发出</button>
    </div>`;
}

/** The clipboard is closed to pages without https; there the text is selected, so that a long press copies it. */
async function copyText({ currentTarget }, text) {
  const area = currentTarget.parentElement.querySelector("textarea");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    area.select();
    if (!document.execCommand("copy")) return showToast("请长按文字复制");
  }
  showToast("已复制");
}
