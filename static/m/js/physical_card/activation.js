// Activation: who holds a plastic card makes it their own with its number and the six digits that came with it.

import { post } from "../api.js";
import { html } from "../html.js";

const { reactive } = window.Vue;
const { Button, showToast } = window.vant;

export const Activation = {
  emits: ["done"],
  setup(_, { emit }) {
    const state = reactive({ number: "", code: "", busy: false, failure: "" });

    async function activate() {
      if (state.busy) return;
      if (!state.number.trim()) return (state.failure = "请输入卡号");
      if (!/^\d{6}$/.test(state.code.trim())) return (state.failure = "请输入 6 位激活码");
      Object.assign(state, { busy: true, failure: "" });
      try {
        await post("/api/me/card/activations", { number: state.number, code: state.code.trim() });
        showToast("已激活");
        emit("done");
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.busy = false;
      }
    }

    return () => html`
      <form class="card address-form" onSubmit=${(event) => { event.preventDefault(); activate(); }} data-testid="activation">
        <h2>激活实体卡</h2>
        <label><span>卡号</span><input name="number" inputmode="numeric" autocomplete="off" placeholder="卡面上的号码" value=${state.number} onInput=${(event) => (state.number = event.target.value)} /></label>
        <label><span>激活码</span><input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="6" placeholder="6 位数字" value=${state.code} onInput=${(event) => (state.code = event.target.value)} /></label>
        ${state.failure && html`<p class="error-text" role="alert" data-testid="activation-failure">${state.failure}</p>`}
        <${Button} block=${true} round=${true} type="primary" nativeType="submit" loading=${state.busy} data-testid="activate">激活<//>
      </form>`;
  },
};
