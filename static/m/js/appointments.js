// My appointments: what is booked, with its state, and cancellation in time.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { pageUrl, shopUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";

const { Button, Empty, showConfirmDialog, showToast } = window.vant;

mountMemberPage("appointments", async () => (await get("/api/me/appointments", { page_size: 50 })).list, (list, reload) => (
  list.length ? html`<div>${list.map((one) => card(one, reload))}</div>`
    : html`<${Empty} description="还没有预约" data-testid="empty"><a href=${pageUrl("nearby")}>去附近门店看看</a><//>`));

async function cancel({ id, service_name, when }, reload) {
  const agreed = await showConfirmDialog({ title: "取消预约？", message: `${service_name}，${when}` }).then(() => true, () => false);
  if (!agreed) return;
  try {
    await post(`/api/me/appointments/${id}/cancellation`);
    showToast("已取消");
  } catch (error) {
    showToast(error.message);
  }
  await reload();
}

function card(one, reload) {
  const { id, state, state_label, service_name, store_id, store_name, when, name, phone, answers, reason, held_until_text, can_cancel } = one;
  return html`
    <section class="card" key=${id} data-testid="appointment">
      <p class="booking-head"><b>${service_name}</b><span class=${["tag", state]} data-testid="state">${state_label}</span></p>
      <p class="booking-when">${when}</p>
      <p class="hint"><a href=${shopUrl(store_id)}>${store_name}</a></p>
      <p class="hint">${name} ${phone.replace(/^\+86/, "")}</p>
      ${answers.map(({ label, value }) => html`<p class="hint" key=${label}>${label}：${value}</p>`)}
      ${state === "requested" && held_until_text && html`<p class="hint">等待门店确认，名额保留到 ${held_until_text}</p>`}
      ${reason && html`<p class="hint">原因：${reason}</p>`}
      ${can_cancel && html`<p class="booking-actions"><${Button} round=${true} size="small" onClick=${() => cancel(one, reload)} data-testid="cancel">取消预约<//></p>`}
    </section>`;
}
