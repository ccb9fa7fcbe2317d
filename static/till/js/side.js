// The column beside the sale: what happened last, and the member.

import { html } from "../../m/js/html.js";
import { yuan } from "../../m/js/money.js";
import { ask, currentMember } from "./members.js";
import { run } from "./keys.js";
import { reverse } from "./payments.js";
import { state } from "./state.js";

export function side() {
  return html`<aside class="side">${statusView()}${memberPanel(currentMember())}</aside>`;
}

function statusView() {
  const { tone, title, text } = state.status ?? { tone: "calm", title: "准备就绪", text: "可以收款" };
  return html`
    <section class=${["status", tone]} role="status" aria-live="assertive" data-testid="status">
      <strong>${title}</strong>${text && html`<p>${text}</p>`}
      ${tone === "waiting" && state.sale?.state === "paying" && html`<button type="button" onClick=${() => run(reverse)}>撤销这次收款</button>`}
    </section>`;
}

function memberPanel(member) {
  if (!member) {
    return html`
      <section class="member none" data-testid="member"><p>还没有会员</p>
        <button type="button" onClick=${() => run(ask)}>查找会员 <kbd>F3</kbd></button></section>`;
  }
  const usable = (member.coupons ?? []).filter((coupon) => coupon.usable).length;
  return html`
    <section class="member" data-testid="member">
      <header><strong>${member.name || "会员"}</strong><span>${member.tier ?? "普通会员"}${member.is_frozen && "（已冻结）"}</span></header>
      <p class="contact">${member.phone ?? "未绑手机"}${member.card && html`<small>卡号 ${member.card}</small>`}</p>
      <dl>
        <div><dt>积分</dt><dd>${member.points}</dd></div>
        <div><dt>储值</dt><dd>${yuan(member.stored_value_fen)}</dd></div>
        <div><dt>可用券</dt><dd>${usable}</dd></div>
      </dl>
    </section>`;
}
