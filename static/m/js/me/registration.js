// Becoming a member: a phone, the code that is sent to it, done.

import { post } from "../api.js";
import { html } from "../html.js";
import { asksForCaptcha, captchaField, captchaParts, loadCaptcha } from "./captcha.js";

const { onUnmounted, reactive } = window.Vue;
const { Button, Field, showToast } = window.vant;
const MAX_WAIT_S = 60;
const MOBILE = /^1[3-9]\d{9}$/;

export const MyRegistration = {
  emits: ["done"],
  setup(_, { emit }) {
    const state = reactive({ phone: "", code: "", secondsLeft: 0, failure: "", sending: false, joining: false, captcha: null, captchaAnswer: "" });
    let timer = null;
    onUnmounted(() => clearInterval(timer));

    function startCountdown(seconds) {
      state.secondsLeft = seconds;
      clearInterval(timer);
      timer = setInterval(() => --state.secondsLeft > 0 || clearInterval(timer), 1000);
    }

    async function send() {
      if (!MOBILE.test(state.phone)) return (state.failure = "请输入 11 位手机号");
      if (state.captcha && !state.captchaAnswer) return (state.failure = "请输入图片验证码");
      Object.assign(state, { failure: "", sending: true });
      try {
        const sent = await post("/api/sms-codes", { phone: state.phone, purpose: "register", ...captchaParts(state) });
        state.captcha = null;
        showToast(sent.message);
        startCountdown(sent.retry_after_s);
      } catch (error) {
        state.failure = error.message;
        if (state.captcha || asksForCaptcha(error)) await loadCaptcha(state); // one picture, one answer
        if (error.details?.retry_after_s) startCountdown(Math.min(error.details.retry_after_s, MAX_WAIT_S));
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
      } catch (error) {
        state.failure = error.message;
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
      ${state.captcha && captchaField(state)}
      <${Field} modelValue=${state.code} type="digit" name="code" maxlength="6" label="验证码" placeholder="6 位数字" autocomplete="one-time-code"
        ...${{ "onUpdate:modelValue": (text) => (state.code = text.trim()) }}>
        ${{ button: () => sendButton(state, send) }}
      <//>
      <p class="error-text" role="alert" data-testid="registration-failure">${state.failure}</p>
      <${Button} type="primary" nativeType="submit" block=${true} round=${true} loading=${state.joining} data-testid="join">注册<//>
    </form>`;
}

function sendButton({ secondsLeft, sending }, send) {
  return html`
    <${Button} size="small" type="primary" plain=${true} round=${true} nativeType="button" disabled=${secondsLeft > 0} loading=${sending} onClick=${send} data-testid="send-code">
      ${secondsLeft > 0 ? `${secondsLeft} 秒后重发` : "获取验证码"}
    <//>`;
}
