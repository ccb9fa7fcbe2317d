// Becoming a member: a phone, the code that is sent to it, done.

import { post } from "../api.js";
import { html } from "../html.js";

const { onUnmounted, reactive } = window.Vue;
const { Button, Field, showToast } = window.vant;
const LONGEST_PAUSE_S = 60;
const MOBILE = /^1[3-9]\d{9}$/;

export const MyRegistration = {
  emits: ["done"],
  setup(_, { emit }) {
    const state = reactive({ phone: "", code: "", left: 0, failure: "", sending: false, joining: false });
    let ticking = null;
    onUnmounted(() => clearInterval(ticking));

    function count(seconds) {
      state.left = seconds;
      clearInterval(ticking);
      ticking = setInterval(() => --state.left > 0 || clearInterval(ticking), 1000);
    }

    async function send() {
      if (!MOBILE.test(state.phone)) return (state.failure = "请输入 11 位手机号");
      Object.assign(state, { failure: "", sending: true });
      try {
        const sent = await post("/api/sms-codes", { phone: state.phone, purpose: "register" });
        showToast(sent.word);
        count(sent.retry_after_s);
      } catch (refusal) {
        state.failure = refusal.message;
        if (refusal.facts?.retry_after_s) count(Math.min(refusal.facts.retry_after_s, LONGEST_PAUSE_S));
      } finally {
        state.sending = false;
      }
    }

    async function join(event) {
      event.preventDefault();
      if (!/^\d{6}$/.test(state.code)) return (state.failure = "请输入 6 位验证码");
      Object.assign(state, { failure: "", joining: true });
      try {
        await post("/api/me/registration", { phone: state.phone, code: state.code });
        showToast("注册成功");
        emit("done");
      } catch (refusal) {
        state.failure = refusal.message;
      } finally {
        state.joining = false;
      }
    }

    return () => form(state, send, join);
  },
};

function form(state, send, join) {
  return html`
    <form class="card registration" onSubmit=${join} data-testid="registration">
      <h2>注册会员</h2>
      <p class="hint">验证手机号，积分和优惠全渠道通用</p>
      <${Field} modelValue=${state.phone} type="tel" name="phone" maxlength="11" label="手机号" placeholder="11 位手机号" autocomplete="tel-national"
        ...${{ "onUpdate:modelValue": (text) => (state.phone = text.trim()) }} />
      <${Field} modelValue=${state.code} type="digit" name="code" maxlength="6" label="验证码" placeholder="6 位数字" autocomplete="one-time-code"
        ...${{ "onUpdate:modelValue": (text) => (state.code = text.trim()) }}>
        ${{ button: () => sendButton(state, send) }}
      <//>
      <p class="trouble" role="alert" data-testid="registration-failure">${state.failure}</p>
      <${Button} type="primary" nativeType="submit" block=${true} round=${true} loading=${state.joining} data-testid="join">注册<//>
    </form>`;
}

function sendButton({ left, sending }, send) {
  return html`
    <${Button} size="small" type="primary" plain=${true} round=${true} nativeType="button" disabled=${left > 0} loading=${sending} onClick=${send} data-testid="send-code">
      ${left > 0 ? `${left} 秒后重发` : "获取验证码"}
    <//>`;
}
