// Parts of the checkout: the time slot and the coupons.

import { html } from "../html.js";
import { momentText } from "../days.js";

const MAX_SLOTS = 60;

export function slotChoice(slots, chosen, onChange) {
  if (!slots.length) return null;
  return html`
    <label class="slot"><span>时间</span>
      <select onChange=${(event) => onChange(event.target.value || null)} data-testid="slot">
        <option value="" selected=${!chosen}>尽快</option>
        ${slots.slice(0, MAX_SLOTS).map(({ starts_at, ends_at, left }) => html`<option key=${starts_at} value=${starts_at} selected=${chosen === starts_at} disabled=${!left}>${momentText(starts_at)}–${momentText(ends_at).split(" ")[1]}${left ? "" : "（约满）"}</option>`)}
      </select>
    </label>`;
}

/** The best set by itself, no coupon, or those that are ticked. */
export function couponChoice(coupons, chosen, onChange) {
  if (!coupons.length) return null;
  const used = coupons.filter(({ is_used }) => is_used).map(({ code }) => code);
  const tick = (code) => onChange(used.includes(code) ? used.filter((one) => one !== code) : [...used, code]);
  return html`
    <div class="coupon-choice">
      <p class="ways"><button type="button" class=${["chip", { on: chosen === "best" }]} onClick=${() => onChange("best")}>自动选最优惠</button>
        <button type="button" class=${["chip", { on: Array.isArray(chosen) && !chosen.length }]} onClick=${() => onChange([])}>不用券</button></p>
      ${coupons.map(({ code, name, is_used, reason }) => html`
        <label class="tick" key=${code}><input type="checkbox" checked=${is_used} onChange=${() => tick(code)} data-testid="coupon" /><span>${name}${reason && !is_used && html`<small class="hint">${reason}</small>`}</span></label>`)}
    </div>`;
}
