// A one-time link, `/console/link#<token>`: its owner chooses a password and is signed in.

import { html } from "../../../m/js/html.js";
import { post } from "../api.js";
import { PASSWORD_HELP } from "../layout/password.js";
import { remember } from "../remembered.js";
import { loadMe } from "../session.js";

const { ElButton, ElForm, ElFormItem, ElInput } = window.ElementPlus;
const { reactive } = window.Vue;
const { RouterLink, useRouter } = window.VueRouter;
const MIN_LENGTH = 10;

export const LinkPage = {
  setup() {
    const router = useRouter();
    const token = location.hash.slice(1);
    history.replaceState(history.state, "", location.pathname); // the token stays out of the history of the browser
    const typed = reactive({ password: "", again: "" });
    const state = reactive({ account: null, busy: false, failure: "", isInvalid: false });
    document.title = "设置密码 - 商家后台";

    async function check() {
      try {
        state.account = await post("/sign-in-links/checks", { token });
        remember(state.account);
      } catch (error) {
        Object.assign(state, { failure: error.msg, isInvalid: true });
      }
    }

    async function submit(event) {
      event?.preventDefault();
      if (typed.password.length < MIN_LENGTH) return (state.failure = `密码至少 ${MIN_LENGTH} 个字符`);
      if (typed.password !== typed.again) return (state.failure = "两次填写的密码不一致");
      Object.assign(state, { busy: true, failure: "" });
      try {
        await post("/sign-in-links", { token, password: typed.password });
        await loadMe();
        await router.replace("/");
      } catch (error) {
        state.failure = error.msg ?? "没有保存，请稍后再试";
      } finally {
        state.busy = false;
      }
    }

    if (token) check();
    else Object.assign(state, { failure: "链接不完整，请完整复制", isInvalid: true });

    const item = (name, label, help) => html`
      <${ElFormItem} label=${label} for=${`link-${name}`}>
        <${ElInput} id=${`link-${name}`} name=${name} type="password" modelValue=${typed[name]} maxlength=${128} size="large" autocomplete="new-password" showPassword=${true} ...${{ "onUpdate:modelValue": (text) => (typed[name] = text) }} />
        ${help && html`<p class="help">${help}</p>`}
      <//>`;

    return () => html`
      <main class="entrance"><div class="box">
        <h1>设置密码</h1>
        ${state.failure && html`<p class="failure" role="alert" data-testid="failure">${state.failure}</p>`}
        ${state.isInvalid && html`<p><${RouterLink} to="/sign-in">去登录<//></p>`}
        ${state.account && html`
          <p class="notice">商家代码 ${state.account.tenant}，账号 ${state.account.login}。以后登录时需要填写，请记下。</p>
          <${ElForm} labelPosition="top" onSubmit=${submit}>
            ${() => [item("password", "新密码", PASSWORD_HELP), item("again", "确认密码"),
              html`<${ElButton} type="primary" size="large" nativeType="submit" loading=${state.busy} data-testid="choose">保存并登录<//>`]}
          <//>`}
      </div></main>`;
  },
};
