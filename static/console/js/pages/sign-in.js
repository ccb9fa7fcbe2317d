// 登录: the code of the merchant, login and password, and a picture when the server asks for one.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { readRemembered, remember } from "../remembered.js";
import { loadMe } from "../session.js";

const { ElButton, ElForm, ElFormItem, ElInput } = window.ElementPlus;
const { nextTick, reactive, ref } = window.Vue;
const { useRoute, useRouter } = window.VueRouter;

export const SignInPage = {
  setup() {
    const route = useRoute();
    const router = useRouter();
    const root = ref(null);
    const remembered = readRemembered();
    const typed = reactive({ tenant: route.query.tenant ?? remembered.tenant ?? "", login: remembered.login ?? "", password: "", answer: "" });
    const state = reactive({ busy: false, failure: "", captcha: null });
    document.title = "登录 - 商家后台";

    async function loadCaptcha() {
      typed.answer = "";
      try {
        state.captcha = await post("/captchas", { tenant: typed.tenant });
      } catch (error) {
        state.failure = error.msg;
      }
    }

    async function submit(event) {
      event?.preventDefault();
      if (state.busy) return;
      if (!typed.tenant.trim() || !typed.login.trim() || !typed.password) return (state.failure = "请填写商家代码、账号和密码");
      if (state.captcha && !typed.answer.trim()) return (state.failure = "请填写图中字符");
      Object.assign(state, { busy: true, failure: "" });
      const captcha = state.captcha && { captcha: { captcha_id: state.captcha.captcha_id, answer: typed.answer.trim() } };
      try {
        await post("/sessions", { tenant: typed.tenant.trim(), login: typed.login.trim(), password: typed.password, ...captcha });
        await loadMe();
        remember(typed);
        await router.replace(typeof route.query.next === "string" && route.query.next.startsWith("/") ? route.query.next : "/");
      } catch (error) {
        await showRefusal(error);
      } finally {
        state.busy = false;
      }
    }

    async function showRefusal(error) {
      state.failure = error.msg ?? "没有登录成功，请稍后再试";
      const asks = error.data?.captcha_required || error.code === "captcha_required" || error.code === "captcha_wrong";
      if (asks || state.captcha) await loadCaptcha();
      await nextTick();
      root.value?.querySelector(asks ? "input[name=answer]" : "input[name=password]")?.focus();
    }

    const item = (name, label, options = {}) => html`
      <${ElFormItem} label=${label} for=${`sign-in-${name}`}>
        <${ElInput} id=${`sign-in-${name}`} name=${name} modelValue=${typed[name]} maxlength=${128} size="large" autocapitalize="none" ...${options} ...${{ "onUpdate:modelValue": (text) => (typed[name] = text) }} />
      <//>`;

    return () => html`
      <main class="entrance"><div class="box" ref=${root}>
        <h1>商家后台</h1>
        <${ElForm} labelPosition="top" onSubmit=${submit}>
          ${() => [
            state.failure && html`<p class="failure" role="alert" data-testid="failure">${state.failure}</p>`,
            item("tenant", "商家代码", { autocomplete: "organization" }),
            item("login", "账号", { autocomplete: "username" }),
            item("password", "密码", { type: "password", autocomplete: "current-password", showPassword: true }),
            state.captcha && html`
              <${ElFormItem} label="图中字符" for="sign-in-answer"><div class="captcha">
                <${ElInput} id="sign-in-answer" name="answer" modelValue=${typed.answer} maxlength=${10} autocomplete="off" ...${{ "onUpdate:modelValue": (text) => (typed.answer = text) }} />
                <button type="button" class="plain" aria-label="看不清，换一张" onClick=${loadCaptcha} data-testid="captcha"><img src=${state.captcha.image} alt="图片验证码" /></button>
              </div><//>`,
            html`<${ElButton} type="primary" size="large" nativeType="submit" loading=${state.busy} data-testid="sign-in">登录<//>`,
          ]}
        <//>
      </div></main>`;
  },
};
