// Booking of a service: the service, the day, the slot, who comes, and the form of the service.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { isSignedIn, mountPage, pageUrl, shopId, signIn } from "./page_context.js";
import { answerField, textField } from "./bookings/fields.js";
import { errorView } from "./page_shell.js";
import { tabs } from "./tabs.js";

const { onMounted, reactive } = window.Vue;
const { Button, Empty, Skeleton, showToast } = window.vant;

const state = reactive({ services: null, service: null, day: "", slots: null, slot: null, own: 0, person: { name: "", phone: "" }, answers: {}, busy: false, failure: "", loadFailure: "" });

mountPage({
  setup() {
    onMounted(load);
    return () => html`<div class="page booking"><main>${view()}</main>${tabs("")}</div>`;
  },
});

async function load() {
  state.loadFailure = "";
  try {
    state.services = (await get("/api/services", { store_id: shopId })).list;
    if (state.services.length) await chooseService(state.services[0]);
  } catch (error) {
    state.loadFailure = error.message;
  }
}

async function chooseService(service) {
  Object.assign(state, { service, answers: {}, slot: null, slots: null, day: "" });
  if (service.days.length) await chooseDay(service.days[0].day);
}

async function chooseDay(day) {
  Object.assign(state, { day, slot: null, slots: null, failure: "" });
  try {
    const found = await get(`/api/services/${state.service.id}/slots`, { day });
    if (found.day === state.day) Object.assign(state, { slots: found.list, own: found.own_count });
  } catch (error) {
    state.failure = error.message;
  }
}

async function book() {
  if (!isSignedIn) return signIn();
  if (state.busy) return;
  if (!state.slot) return (state.failure = "请选择时段");
  Object.assign(state, { busy: true, failure: "" });
  try {
    const { person, answers, service, slot } = state;
    await post("/api/me/appointments", { service_id: service.id, starts_at: slot.starts_at, ...person, answers });
    location.assign(pageUrl("appointments"));
  } catch (error) {
    if (["slot_full", "slot_gone"].includes(error.code)) {
      showToast(error.message);
      await chooseDay(state.day); // the fresh slots
    } else {
      state.failure = error.message;
    }
  } finally {
    state.busy = false;
  }
}

function view() {
  if (state.loadFailure) return errorView(state.loadFailure, load);
  if (!state.services) return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} row=${5} /></section>`;
  if (!state.services.length) return html`<${Empty} description="本店暂时没有可预约的服务" data-testid="no-services" />`;
  return html`
    <div>
      <section class="card"><h1>${state.services[0].store_name}</h1>
        <div class="choices" role="group" aria-label="服务">${state.services.map(serviceChip)}</div>
        <p class="hint">${facts(state.service)}</p>
      </section>
      ${dayCard()}
      ${state.day && slotCard()}
      ${state.slot && formCard()}
    </div>`;
}

function serviceChip(one) {
  return html`<button key=${one.id} type="button" class=${["chip", { on: one === state.service }]} aria-pressed=${one === state.service} onClick=${() => chooseService(one)} data-testid="service">${one.name}</button>`;
}

function facts({ description, duration_minutes, needs_review, daily_limit }) {
  return [description, `约 ${duration_minutes} 分钟`, needs_review ? "提交后由门店确认" : "", daily_limit ? `每人每天限 ${daily_limit} 次` : ""].filter(Boolean).join("，");
}

function dayCard() {
  const { days } = state.service;
  if (!days.length) return html`<p class="card empty" data-testid="no-days">还没有开放预约的日期</p>`;
  return html`
    <section class="card"><h2>选择日期</h2>
      <div class="day-strip" role="group" aria-label="日期" tabindex="0">${days.map(({ day, text }) => html`
        <button key=${day} type="button" class=${["chip", { on: day === state.day }]} aria-pressed=${day === state.day} onClick=${() => chooseDay(day)} data-testid="day" data-day=${day}>${text}</button>`)}</div>
    </section>`;
}

function slotCard() {
  if (!state.slots) return html`<section class="card"><h2>选择时段</h2>${state.failure ? html`<p class="error-text" role="alert">${state.failure}</p>` : html`<${Skeleton} row=${2} />`}</section>`;
  return html`
    <section class="card"><h2>选择时段</h2>
      ${state.own > 0 && html`<p class="hint" data-testid="own-count">这一天您已预约 ${state.own} 次</p>`}
      ${state.slots.length ? html`<div class="slot-grid" role="group" aria-label="时段">${state.slots.map(slotButton)}</div>` : html`<p class="empty">这一天没有可约的时段</p>`}
    </section>`;
}

function slotButton(one) {
  const isOn = one.starts_at === state.slot?.starts_at;
  return html`
    <button key=${one.starts_at} type="button" class=${["slot-button", { on: isOn }]} disabled=${!one.left} aria-pressed=${isOn} onClick=${() => (state.slot = one)} data-testid="slot">
      <b>${one.time}</b><small>${one.left ? `余 ${one.left}` : "约满"}</small></button>`;
}

function formCard() {
  const { person, service, answers } = state;
  return html`
    <form class="card booking-form" onSubmit=${(event) => { event.preventDefault(); book(); }}>
      <h2>预约信息</h2>
      <p data-testid="chosen">${service.name} · ${service.days.find(({ day }) => day === state.day)?.text} ${state.slot.time}</p>
      ${isSignedIn && [
        textField({ name: "name", label: "姓名", required: true, max: 30, autocomplete: "name" }, person),
        textField({ name: "phone", label: "手机号", required: true, max: 30, autocomplete: "tel", inputmode: "tel" }, person),
        ...service.form.map((field) => answerField(field, answers)),
      ]}
      ${state.failure && html`<p class="error-text" role="alert" data-testid="failure">${state.failure}</p>`}
      <${Button} block=${true} round=${true} type="primary" nativeType="submit" loading=${state.busy} data-testid="book">${isSignedIn ? (service.needs_review ? "提交预约" : "确认预约") : "登录后预约"}<//>
    </form>`;
}
