// The member card: whose it is, its number and tier, the points on it.

import { html } from "../html.js";
import { brandLogo, brandName } from "../page_context.js";
import { safeUrl } from "../shop_display.js";

export function memberCard({ nickname, phone_masked, member, points }) {
  return html`
    <section class="member-card" data-testid="member-card">
      <p class="member-head">
        <span class="member-brand">${safeUrl(brandLogo) && html`<img class="member-logo" src=${safeUrl(brandLogo)} alt="" />`}${brandName}</span>
        <span class="tier" data-testid="tier">${tierLabel(member)}</span>
      </p>
      <p class="member-points">
        <strong data-testid="points">${points.available.toLocaleString("zh-CN")}</strong><span>${points.name}</span>
      </p>
      <p class="member-foot">
        <span class="card-number" data-testid="card-number">${groupDigits(member.card_number)}</span>
        <span>${nickname || phone_masked || ""}</span>
      </p>
    </section>`;
}

function tierLabel({ joined, tier }) {
  if (!joined) return "未注册";
  return tier?.name ?? "注册会员";
}

function groupDigits(number) {
  return number.replace(/(.{4})(?=.)/g, "$1 ");
}
