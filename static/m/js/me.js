// What is mine: card, points, check-ins, favourites; before sign-in, the way to it.

import { get } from "./api.js";
import { html } from "./html.js";
import { mountPage, isSignedIn, pageUrl, stay } from "./page_context.js";
import { MyCalendar } from "./me/calendar.js";
import { memberCard } from "./me/card.js";
import { MyFavourites } from "./me/favourites.js";
import { links } from "./me/links.js";
import { guestNotice, signInPrompt } from "./me/signed_out.js";
import { MemberCode } from "./me/member_code.js";
import { MyPoints } from "./me/points.js";
import { MyPhoneClaim } from "./me/phone_claim.js";
import { MyPhoneConfirmation } from "./me/phone_confirmation.js";
import { MyRegistration } from "./me/registration.js";
import { signOut } from "./me/sign_out.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton } = window.vant;

mountPage({
  setup() {
    const state = reactive({ me: null, failure: "", anonymous: !isSignedIn, refreshKey: 0 });

    /** `refreshKey` moves on, so that the parts below load again too. */
    async function load() {
      state.failure = "";
      try {
        state.me = await get("/api/me");
        state.refreshKey += 1;
      } catch (error) {
        if (error.status === 401) state.anonymous = true;
        else state.failure = error.message;
      }
    }

    onMounted(() => state.anonymous || load());
    return () => html`<div class="page me"><main>${content(state, load)}</main>${tabs("me")}</div>`;
  },
});

function content({ me, failure, anonymous, refreshKey }, load) {
  if (anonymous) return stay === "guest" ? guestNotice() : signInPrompt();
  if (failure) return errorView(failure, load);
  if (!me) return html`<section class="card"><${Skeleton} title=${true} row=${5} /></section>`;
  return html`
    <div class="me-columns">
      <div>
        ${memberCard(me)}
        ${me.member.joined && html`<${MemberCode} />`}
        ${links(me)}
        ${me.phone_confirmation && html`<${MyPhoneConfirmation} confirmation=${me.phone_confirmation} phone=${me.phone_masked} onDone=${load} />`}
        ${me.phone_claim && html`<${MyPhoneClaim} claim=${me.phone_claim} onDone=${load} />`}
        ${closingReminder(me)}
        ${consentReminder(me)}
        ${!(me.member.joined && me.phone_masked) && !me.phone_claim && html`
          <${MyRegistration} purpose=${me.member.joined ? "bind" : "register"} onDone=${load} />`}
        <${MyCalendar} refreshKey=${refreshKey} onDone=${load} />
      </div>
      <div>
        <${MyPoints} refreshKey=${refreshKey} />
        <${MyFavourites} />
        <p class="card profile-link"><a href=${pageUrl("physical-card")} data-testid="link-physical-card">实体卡<span>申领、激活、挂失</span></a></p>
        <p class="card profile-link"><a href=${pageUrl("profile")} data-testid="link-profile">个人资料<span>手机号、协议、注销</span></a></p>
        ${signOut()}
      </div>
    </div>`;
}

function closingReminder({ closing_due_day }) {
  if (!closing_due_day) return null;
  return html`<a class="card reminder" href=${pageUrl("closing")} data-testid="closing-due">已申请注销，${closing_due_day} 结束前可以撤回<span>查看</span></a>`;
}

/** A member who has a phone meets no form that would ask for the new version. */
function consentReminder({ member, phone_masked, consent_due }) {
  if (!member.joined || !phone_masked || !consent_due) return null;
  return html`<a class="card reminder" href=${pageUrl("profile")} data-testid="consent-due">协议已更新，请阅读并同意<span>查看</span></a>`;
}

function errorView(failure, load) {
  return html`
    <${Empty} image="network" description=${failure} data-testid="load-error">
      <${Button} round=${true} type="primary" onClick=${load} data-testid="retry">重试<//>
    <//>`;
}
