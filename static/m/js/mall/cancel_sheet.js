// Why an order is cancelled: one of a few reasons, or a text of one's own.

import { html } from "../html.js";

const { reactive, watch } = window.Vue;
const { Button, Popup } = window.vant;
const REASONS = ["不想要了", "商品或数量选错了", "收货信息或时间填错了", "想换一种付款方式", "等待太久"];
const OTHER = "其他原因";
const MAX_LENGTH = 60;

/** `onCancel(reason)` ends the order, `onClose` leaves it as it is. */
export const CancelSheet = {
  props: { show: Boolean, isPaid: Boolean, onCancel: Function, onClose: Function },
  setup(props) {
    const state = reactive({ reason: "", text: "", busy: false, failure: "" });
    watch(() => props.show, (shown) => shown && Object.assign(state, { reason: "", text: "", busy: false, failure: "" }));

    async function cancel() {
      const reason = state.reason === OTHER ? state.text.trim() : state.reason;
      if (!reason) return (state.failure = state.reason === OTHER ? "请填写原因" : "请选择原因");
      Object.assign(state, { busy: true, failure: "" });
      try {
        await props.onCancel(reason);
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.busy = false;
      }
    }

    const choice = (reason) => html`
      <label class="tick" key=${reason}><input type="radio" name="cancel-reason" checked=${state.reason === reason} onChange=${() => (state.reason = reason)} /><span>${reason}</span></label>`;
    return () => html`
      <${Popup} show=${props.show} position="bottom" round=${true} closeable=${true} ...${{ "onUpdate:show": () => props.onClose() }}>
        <div class="sheet cancel-sheet" data-testid="cancel-sheet">
          <h2>取消订单的原因</h2>
          ${props.isPaid && html`<p class="hint">已付的款项会原路退回。</p>`}
          ${[...REASONS, OTHER].map(choice)}
          ${state.reason === OTHER && html`<input class="cancel-text" aria-label="其他原因" maxlength=${MAX_LENGTH} value=${state.text} onInput=${(event) => (state.text = event.target.value)} />`}
          ${state.failure && html`<p class="error-text" role="alert" data-testid="cancel-failure">${state.failure}</p>`}
          <${Button} block=${true} round=${true} type="primary" loading=${state.busy} onClick=${cancel} data-testid="confirm-cancel">确认取消<//>
        </div>
      <//>`;
  },
};
