// My profile: nickname and birthday, the phone, the agreements I have accepted, and the ways to leave.

import { get, patch, post } from "./api.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { agreementLink, consentBox, DUE_MESSAGE, versionsOf } from "./me/consent_box.js";
import { MyRegistration } from "./me/registration.js";

const { reactive } = window.Vue;
const { Button, Field, showToast } = window.vant;

async function load() {
  const [me, consents] = await Promise.all([get("/api/me"), get("/api/me/consents")]);
  return { me, consents: consents.list };
}

mountMemberPage("profile", load, ({ me, consents }, reload) => html`
  <div>
    <${ProfileForm} key=${`${me.nickname} ${me.profile.birthday}`} me=${me} onDone=${reload} />
    <${PhoneCard} key=${me.phone_masked} me=${me} onDone=${reload} />
    <${ConsentCard} key=${JSON.stringify(consents)} consents=${consents} onDone=${reload} />
    ${leavingCard()}
  </div>`);

const ProfileForm = {
  props: { me: Object },
  emits: ["done"],
  setup({ me }, { emit }) {
    const state = reactive({ nickname: me.nickname ?? "", birthday: "", failure: "", saving: false });

    async function save(event) {
      event.preventDefault();
      const changes = {};
      if (state.nickname !== (me.nickname ?? "")) changes.nickname = state.nickname || null;
      if (state.birthday) changes.birthday = state.birthday;
      if (!Object.keys(changes).length) return showToast("没有修改");
      Object.assign(state, { failure: "", saving: true });
      try {
        await patch("/api/me", changes);
        showToast("已保存");
        emit("done");
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.saving = false;
      }
    }

    return () => html`
      <form class="card profile-form" onSubmit=${save} data-testid="profile-form">
        <h2>个人资料</h2>
        <${Field} modelValue=${state.nickname} name="nickname" maxlength="40" label="昵称" placeholder="怎么称呼您"
          ...${{ "onUpdate:modelValue": (text) => (state.nickname = text) }} />
        <${Field} modelValue=${state.birthday} type="date" name="birthday" label="生日"
          ...${{ "onUpdate:modelValue": (text) => (state.birthday = text) }} />
        ${me.profile.birthday && html`<p class="hint" data-testid="birthday">已填生日 ${me.profile.birthday}，重新选择即可修改</p>`}
        <p class="error-text" role="alert">${state.failure}</p>
        <${Button} type="primary" nativeType="submit" block=${true} round=${true} loading=${state.saving} data-testid="save">保存<//>
      </form>`;
  },
};

const PhoneCard = {
  props: { me: Object },
  emits: ["done"],
  setup({ me }, { emit }) {
    const state = reactive({ isChanging: false });
    const done = () => emit("done");
    if (!me.phone_masked) return () => html`<${MyRegistration} purpose=${me.member.joined ? "bind" : "register"} onDone=${done} />`;
    return () => html`
      <div>
        <section class="card" data-testid="phone-card">
          <ul class="rows">
            <li><span>手机号</span><span data-testid="phone">${me.phone_masked}</span></li>
          </ul>
          ${!state.isChanging && html`
            <${Button} size="small" round=${true} plain=${true} type="primary" onClick=${() => (state.isChanging = true)} data-testid="change-phone">更换手机号<//>`}
        </section>
        ${state.isChanging && html`<${MyRegistration} purpose="change" onDone=${done} />`}
      </div>`;
  },
};

const ConsentCard = {
  props: { consents: Array },
  emits: ["done"],
  setup({ consents }, { emit }) {
    const state = reactive({ due: consents.filter((one) => !one.is_current), isTicked: false, failure: "", saving: false });

    async function accept() {
      if (!state.isTicked) return (state.failure = DUE_MESSAGE);
      Object.assign(state, { failure: "", saving: true });
      try {
        await post("/api/me/consents", versionsOf(state.due));
        showToast("已同意");
        emit("done");
      } catch (error) {
        state.failure = error.message;
      } finally {
        state.saving = false;
      }
    }

    return () => html`
      <section class="card" data-testid="consents">
        <h2>协议</h2>
        <ul class="rows">${consents.map(consentRow)}</ul>
        ${state.due.length > 0 && html`
          ${consentBox(state)}
          <p class="error-text" role="alert">${state.failure}</p>
          <${Button} size="small" round=${true} type="primary" loading=${state.saving} onClick=${accept} data-testid="accept">同意<//>`}
      </section>`;
  },
};

function consentRow(one) {
  return html`
    <li key=${one.kind} data-testid=${`consent-${one.kind}`}>
      <span>${agreementLink(one)}</span>
      <span>${one.accepted_version ? `已同意第 ${one.accepted_version} 版` : "未同意"}
        <small>${one.accepted_at ? formatTime(one.accepted_at) : `当前第 ${one.current_version} 版`}</small></span>
    </li>`;
}

function leavingCard() {
  return html`
    <nav class="card" aria-label="清除和注销">
      <a class="plain-link" href=${pageUrl("erasure")} data-testid="link-erasure">清除个人资料<span>会员和余额保留</span></a>
      <a class="plain-link" href=${pageUrl("closing")} data-testid="link-closing">注销会员<span>退还储值本金，其余作废</span></a>
    </nav>`;
}

function formatTime(text) {
  return new Date(text).toLocaleString("zh-CN", { hour12: false });
}
