// My tier: the one I have, what is missing to the next, what keeps it, all tiers, and how it came about.

import { get } from "./api.js";
import { dayOf } from "./days.js";
import { html } from "./html.js";
import { address, company } from "./here.js";
import { Ledger } from "./ledger.js";
import { showMine } from "./mine.js";

const { Button } = window.vant;
const SHOWN = 10;

showMine("tier", () => get("/api/me/tier"), (told) => html`
  ${told.current ? card(told.current) : outsider()}
  ${told.current && !told.next && !told.keep && html`<p class="card empty" data-testid="top">您已是最高等级</p>`}
  ${told.next && up(told.next)}
  ${told.keep && keep(told.keep)}
  ${all(told)}
  ${told.joined && history()}`);

function card({ name, since, last_day, lasting }) {
  return html`
    <section class="tier-card" data-testid="tier-card">
      <p>${company}</p>
      <h1 data-testid="tier-name">${name}</h1>
      <p><span>${dayOf(since)} 起</span><span data-testid="tier-until">${last_day ? `有效期至 ${last_day}` : lasting}</span></p>
    </section>`;
}

function outsider() {
  return html`
    <section class="card outside" data-testid="not-joined">
      <h1>还不是会员</h1>
      <p>注册会员后，消费和成长值就会累计到等级</p>
      <${Button} type="primary" round=${true} block=${true} url=${address("me")}>去注册<//>
    </section>`;
}

function up({ tier, ways }) {
  return html`
    <section class="card" data-testid="next-tier">
      <h2>升级${tier.name}</h2>
      ${ways.length > 1 && html`<p class="hint">达成任一条件即可升级</p>`}
      ${ways.map(way)}
    </section>`;
}

function keep({ ways, sentence }) {
  return html`
    <section class="card" data-testid="keep-tier">
      <h2>保级</h2>
      <p class="hint">${sentence}</p>
      ${ways.map(way)}
    </section>`;
}

function way({ gathered, at_least, sentence }) {
  const percent = Math.min(100, Math.floor((Math.max(gathered, 0) * 100) / at_least));
  return html`
    <div key=${sentence} class="way" data-testid="way">
      <p>${sentence}</p>
      <div class="bar" role="progressbar" aria-valuenow=${percent} aria-valuemin="0" aria-valuemax="100" aria-label=${sentence}>
        <i style=${{ width: `${percent}%` }}></i>
      </div>
    </div>`;
}

function all({ tiers, current }) {
  return html`
    <section class="card" data-testid="all-tiers">
      <h2>等级规则</h2>
      <ul class="tiers">${tiers.map((tier) => described(tier, tier.code === current?.code))}</ul>
    </section>`;
}

function described({ code, name, is_base, lasting, rules }, mine) {
  const words = rules.length ? rules : [is_base ? "注册会员即享" : "由门店评定"];
  return html`
    <li key=${code} class=${{ mine }} data-testid="described">
      <h3>${name}${mine && html`<span class="chip on">当前</span>`}</h3>
      <p>${words.join("，或")}</p>
      <small>${lasting}</small>
    </li>`;
}

function history() {
  return html`
    <section class="card" data-testid="history">
      <h2>等级记录</h2>
      <${Ledger} ask=${(page) => get("/api/me/tier/history", { page: page ?? 1, page_size: SHOWN })} line=${term} empty="还没有等级记录" />
    </section>`;
}

function term({ tier, word, because, started_at }) {
  return html`
    <li key=${started_at} data-testid="term">
      <div><span>${word} · ${tier.name}</span><small>${because}</small></div>
      <small>${dayOf(started_at)}</small>
    </li>`;
}
