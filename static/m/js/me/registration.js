// Verifying a phone with the code that is sent to it: to become a member, to bind a phone, or to change it.
// A phone of another member is first asked about.

import { post } from "../api.js";
import { html } from "../html.js";
import { pageUrl } from "../page_context.js";
import { consentBox, DUE_MESSAGE, loadDueAgreements, versionsOf } from "./consent_box.js";
import { asksForCaptcha, captchaField, captchaParts, loadCaptcha } from "./captcha.js";

const { onMounted, onUnmounted, reactive } = window.Vue;
const { Button, Field, showToast } = window.vant;
const MAX_WAIT_S = 60;
const MOBILE = /^1[3-9]\d{9}$/;
const TEXTS = {
  register: { title: "注册会员", hint: "验证手机号，积分和优惠全渠道通用", button: "注册", done: "注册成功" },
  bind: { title: "绑定手机号", hint: "绑定后可用手机号找回会员", button: "绑定", done: "绑定成功" },
  change: { title: "更换手机号", hint: "验证新手机号后，原手机号不再绑定", button: "更换", done: "已更换手机号" },
};

export const MyRegistration = {
  props: { purpose: { type: String, default: "register" } },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({
      phone: "", code: "", secondsLeft: 0, failure: "", sending: false, joining: false, due: [], isTicked: false,
      captcha: null, captchaAnswer: "",
    });
    let timer = null;
    onMounted(async () => {
      try {
        state.due = await loadDueAgreements();
      } catch (error) {
        state.failure = error.message;
      }
    });
    onUnmounted(() => clearInterval(timer));

    function startCountdown(seconds) {
      state.secondsLeft = seconds;
      clearInterval(timer);
      timer = setInterval(() => --state.secondsLeft > 0 || clearInterval(timer), 1000);
    }

    async function send() {
      if (!MOBILE.test(state.phone)) return (state.failure = "请输入 11 位手机号");
      if (state.due.length && !state.isTicked) return (state.failure = DUE_MESSAGE);
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
      if (state.due.length && !state.isTicked) return (state.failure = DUE_MESSAGE);
      Object.assign(state, { failure: "", joining: true });
      try {
        const me = await post("/api/me/registration", { phone: state.phone, code: state.code, accepted: versionsOf(state.due) });
        if (me.phone_claim) return answerQuestion(emit);
        showToast(TEXTS[props.purpose].done);
        emit("done");
      } catch (error) {
        state.failure = error.message;
        if (error.code === "agreement_outdated") Object.assign(state, { due: await loadDueAgreements(), isTicked: false });
      } finally {
        state.joining = false;
      }
    }

    return () => form(state, TEXTS[props.purpose], send, join);
  },
};

/** Only the page of the member card asks the question, whichever page the person registered on. */
function answerQuestion(emit) {
  if (document.querySelector(".page.me")) emit("done");
  else location.assign(pageUrl("me"));
}

function form(state, texts, send, join) {
  return html`
    <form class="card registration" onSubmit=${join} data-testid="registration">
      <h2>${texts.title}</h2>
      <p class="hint">${texts.hint}</p>
      <${Field} modelValue=${state.phone} type="tel" name="phone" maxlength="11" label="手机号" placeholder="11 位手机号" autocomplete="tel-national"
        ...${{ "onUpdate:modelValue": (text) => (state.phone = text.trim()) }} />
      ${state.captcha && captchaField(state)}
      <${Field} modelValue=${state.code} type="digit" name="code" maxlength="6" label="验证码" placeholder="6 位数字" autocomplete="one-time-code"
        ...${{ "onUpdate:modelValue": (text) => (state.code = text.trim()) }}>
        ${{ button: () => sendButton(state, send) }}
      <//>
      ${consentBox(state)}
      <p class="error-text" role="alert" data-testid="registration-failure">${state.failure}</p>
      <${Button} type="primary" nativeType="submit" block=${true} round=${true} loading=${state.joining} data-testid="join">${texts.button}<//>
    </form>`;
}

function sendButton({ secondsLeft, sending }, send) {
  return html`
    <${Button} size="small" type="primary" plain=${true} round=${true} nativeType="button" disabled=${secondsLeft > 0} loading=${sending} onClick=${send} data-testid="send-code">
      ${secondsLeft > 0 ? `${secondsLeft} 秒后重发` : "获取验证码"}
    <//>`;
}
