// My reservations for regular supply or a bulk purchase: the list with its follow-up, and the form of a new one.

import { get, post } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { textField } from "./bookings/fields.js";
import { mountMemberPage } from "./page_shell.js";

const { reactive } = window.Vue;
const { Button, showConfirmDialog, showToast } = window.vant;
const EMPTY = { name: "", phone: "", goods: "", quantity: "", remark: "" };
const FIELDS = [
  { name: "name", label: "姓名", required: true, max: 30, autocomplete: "name" },
  { name: "phone", label: "手机号", required: true, max: 30, autocomplete: "tel", inputmode: "tel" },
  { name: "goods", label: "商品", max: 100, placeholder: "如 中秋礼盒" },
  { name: "quantity", label: "数量", max: 30, placeholder: "如 200 盒" },
  { name: "remark", label: "其他要求", max: 300, rows: 3, placeholder: "送货时间、开票等" },
];
const store = new URLSearchParams(location.search).get("store");
const state = reactive({ typed: { ...EMPTY }, isOpen: false, busy: false, failure: "" });

mountMemberPage("reservations", async () => (await get("/api/me/reservations", { page_size: 50 })).list, (list, reload) => html`
  <div>
    <section class="card"><h1>大客户预定</h1><p class="hint">长期供货或大批采购，留下联系方式，我们会联系您。</p></section>
    ${state.isOpen || !list.length ? form(list, reload) : html`<${Button} class="new-reservation" block=${true} round=${true} type="primary" onClick=${() => (state.isOpen = true)} data-testid="new-reservation">新的预定<//>`}
    ${list.map((one) => card(one, reload))}
  </div>`);

async function submit(reload) {
  if (state.busy) return;
  Object.assign(state, { busy: true, failure: "" });
  try {
    await post("/api/reservations", { ...state.typed, ...(store && { store_id: store }) });
    Object.assign(state, { typed: { ...EMPTY }, isOpen: false });
    showToast("已提交，我们会尽快联系您");
    await reload();
  } catch (error) {
    state.failure = error.message;
  } finally {
    state.busy = false;
  }
}

function form(list, reload) {
  return html`
    <form class="card booking-form" onSubmit=${(event) => { event.preventDefault(); submit(reload); }} data-testid="reservation-form">
      <h2>提交预定</h2>
      ${FIELDS.map((field) => textField(field, state.typed))}
      ${state.failure && html`<p class="error-text" role="alert" data-testid="failure">${state.failure}</p>`}
      <${Button} block=${true} round=${true} type="primary" nativeType="submit" loading=${state.busy} data-testid="submit">提交<//>
      ${list.length > 0 && html`<${Button} block=${true} round=${true} plain=${true} onClick=${() => (state.isOpen = false)}>取消<//>`}
    </form>`;
}

async function cancel({ id, goods }, reload) {
  const agreed = await showConfirmDialog({ title: "取消预定？", message: goods }).then(() => true, () => false);
  if (!agreed) return;
  try {
    await post(`/api/me/reservations/${id}/cancellation`);
  } catch (error) {
    showToast(error.message);
  }
  await reload();
}

function card(one, reload) {
  const { id, state: step, state_label, goods, quantity, remark, name, phone, store_name, created_at, steps, can_cancel } = one;
  return html`
    <section class="card" key=${id} data-testid="reservation">
      <p class="booking-head"><b>${goods || "预定"}${quantity && ` · ${quantity}`}</b><span class=${["tag", step]} data-testid="state">${state_label}</span></p>
      <p class="hint">${momentText(created_at)} 提交，${name} ${phone.replace(/^\+86/, "")}${store_name && `，${store_name}`}</p>
      ${remark && html`<p class="prose">${remark}</p>`}
      ${steps.length > 0 && html`<ul class="entries">${steps.map(({ state_label: label, note, at }) => html`<li key=${at}><span>${label}${note && `：${note}`}<small>${momentText(at)}</small></span></li>`)}</ul>`}
      ${can_cancel && html`<p class="booking-actions"><${Button} round=${true} size="small" onClick=${() => cancel(one, reload)} data-testid="cancel">取消预定<//></p>`}
    </section>`;
}
