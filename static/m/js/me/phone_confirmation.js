// Another WeChat has verified my phone: I say whether it is mine too.

import { post } from "../api.js";
import { html } from "../html.js";

const { reactive } = window.Vue;
const { Button, showToast } = window.vant;

export const MyPhoneConfirmation = {
  props: { confirmation: Object, phone: String },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ failure: "", busy: "" });

    async function answer(isMine) {
      Object.assign(state, { failure: "", busy: isMine ? "yes" : "no" });
      try {
        await post(`/api/me/phone-confirmations/${encodeURIComponent(props.confirmation.id)}`, { is_mine: isMine });
        showToast(isMine ? "已合并到您的会员" : "已记录，不会合并");
        emit("done");
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.busy = "";
      }
    }

    return () => html`
      <section class="card phone-claim" data-testid="phone-confirmation">
        <h2>有另一个微信验证了您的手机号</h2>
        <p class="hint">${props.phone} 刚在另一个微信里验证。如果是您本人，两个账号将合并；如果不是，请选“不是我”。</p>
        <${Button} type="primary" block=${true} round=${true} loading=${state.busy === "yes"} onClick=${() => answer(true)} data-testid="confirm-yes">是我本人<//>
        <${Button} block=${true} round=${true} loading=${state.busy === "no"} onClick=${() => answer(false)} data-testid="confirm-no">不是我<//>
        <p class="error-text" role="alert">${state.failure}</p>
      </section>`;
  },
};
