// A ticket of the queue with its position, which updates by itself.

import { html } from "../html.js";
import { remove } from "../api.js";

const { Button, showConfirmDialog, showToast } = window.vant;

async function leave({ id, code }, reload) {
  const agreed = await showConfirmDialog({ title: `取消排队 ${code}？`, message: "取消后要重新取号" }).then(() => true, () => false);
  if (!agreed) return;
  try {
    await remove(`/api/me/queue-tickets/${id}`);
  } catch (error) {
    showToast(error.message);
  }
  await reload();
}

function sentence({ state, ahead, calls }) {
  if (state === "waiting") return ahead ? `前面还有 ${ahead} 位` : "下一位就是您";
  if (state === "called") return `请就位，已叫 ${calls} 次`;
  return state === "skipped" ? "已过号，如已到店请联系店员" : "";
}

export function ticketCard(one, reload) {
  const { id, code, state, state_label, queue_name, store_name, people, can_leave } = one;
  return html`
    <section class=${["card", "ticket", `is-${state}`]} key=${id} data-testid="ticket">
      <p class="hint">${store_name} · ${queue_name}${people ? ` · ${people} 人` : ""}</p>
      <p class="ticket-code" data-testid="ticket-code">${code}</p>
      <p class="ticket-state" aria-live="polite" data-testid="ticket-state">${state_label}${sentence(one) && `，${sentence(one)}`}</p>
      ${can_leave && html`<${Button} round=${true} size="small" onClick=${() => leave(one, reload)} data-testid="leave">取消排队<//>`}
    </section>`;
}
