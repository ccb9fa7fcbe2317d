// My tier: the one I have, what is missing to the next, what keeps it, all tiers, and how it came about.

import { get } from "./api.js";
import { dayOf } from "./days.js";
import { html } from "./html.js";
import { pageUrl, brandName } from "./page_context.js";
import { Ledger } from "./ledger.js";
import { mountMemberPage } from "./page_shell.js";

const { Button } = window.vant;
const PAGE_SIZE = 10;

mountMemberPage("tier", () => get("/api/me/tier"), (data) => html`
  ${data.current ? tierCard(data.current) : notMemberCard()}
  ${data.current && !data.next && !data.retention && html`<p class="card empty" data-testid="top">您已是最高等级</p>`}
  ${data.next && nextTierCard(data.next)}
  ${data.retention && retentionCard(data.retention)}
  ${allTiersCard(data)}
  ${data.joined && historyCard()}`);

function tierCard({ name, started_at, last_day, validity }) {
  return html`
    <section class="tier-card" data-testid="tier-card">
      <p>${brandName}</p>
      <h1 data-testid="tier-name">${name}</h1>
      <p><span>${dayOf(started_at)} 起</span><span data-testid="tier-until">${last_day ? `有效期至 ${last_day}` : validity}</span></p>
    </section>`;
}

function notMemberCard() {
  return html`
    <section class="card signed-out" data-testid="not-joined">
      <h1>还不是会员</h1>
      <p>注册会员后，消费和成长值就会累计到等级</p>
      <${Button} type="primary" round=${true} block=${true} url=${pageUrl("me")}>去注册<//>
    </section>`;
}

function nextTierCard({ tier, requirements }) {
  return html`
    <section class="card" data-testid="next-tier">
      <h2>升级${tier.name}</h2>
      ${requirements.length > 1 && html`<p class="hint">达成任一条件即可升级</p>`}
      ${requirements.map(requirementRow)}
    </section>`;
}

function retentionCard({ requirements, message }) {
  return html`
    <section class="card" data-testid="tier-retention">
      <h2>保级</h2>
      <p class="hint">${message}</p>
      ${requirements.map(requirementRow)}
    </section>`;
}

function requirementRow({ total, at_least, message }) {
  const percent = Math.min(100, Math.floor((Math.max(total, 0) * 100) / at_least));
  return html`
    <div key=${message} class="requirement" data-testid="requirement">
      <p>${message}</p>
      <div class="bar" role="progressbar" aria-valuenow=${percent} aria-valuemin="0" aria-valuemax="100" aria-label=${message}>
        <i style=${{ width: `${percent}%` }}></i>
      </div>
    </div>`;
}

function allTiersCard({ tiers, current }) {
  return html`
    <section class="card" data-testid="all-tiers">
      <h2>等级规则</h2>
      <ul class="tiers">${tiers.map((tier) => tierRow(tier, tier.code === current?.code))}</ul>
    </section>`;
}

function tierRow({ code, name, is_base, validity, rules }, mine) {
  const words = rules.length ? rules : [is_base ? "注册会员即享" : "由门店评定"];
  return html`
    <li key=${code} class=${{ mine }} data-testid="tier-description">
      <h3>${name}${mine && html`<span class="chip on">当前</span>`}</h3>
      <p>${words.join("，或")}</p>
      <small>${validity}</small>
    </li>`;
}

function historyCard() {
  return html`
    <section class="card" data-testid="history">
      <h2>等级记录</h2>
      <${Ledger} fetchPage=${(after) => get("/api/me/tier/history", { after, page_size: PAGE_SIZE })} renderRow=${periodRow} empty="还没有等级记录" />
    </section>`;
}

function periodRow({ tier, label, explanation, started_at }) {
  return html`
    <li key=${started_at} data-testid="tier-period">
      <div><span>${label} · ${tier.name}</span><small>${explanation}</small></div>
      <small>${dayOf(started_at)}</small>
    </li>`;
}
