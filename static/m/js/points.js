// My points: an account a group, what of it ends soon, every entry, and where each came from.

import { get } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { mountMemberPage } from "./page_shell.js";
import { EntrySheet } from "./points/entry_sheet.js";
import { signedPoints } from "./points/signed_points.js";

const { reactive, watch } = window.Vue;
const PAGE_SIZE = 20;

const PointAccounts = {
  props: { accounts: Array },
  setup(props) {
    const state = reactive({ group: props.accounts[0].group, expiring: null, failure: "", entry: null });

    async function loadExpiring() {
      Object.assign(state, { expiring: null, failure: "" });
      try {
        state.expiring = await get("/api/me/points/expiring", { group: state.group });
      } catch (error) {
        state.failure = error.message;
      }
    }

    watch(() => state.group, loadExpiring, { immediate: true });
    return () => {
      const account = props.accounts.find(({ group }) => group === state.group);
      return html`
        <div>
          ${props.accounts.length > 1 && chips(props.accounts, state)}
          ${balance(account)}
          ${expiring(state)}
          ${entries(state)}
          <${EntrySheet} entry=${state.entry} onClose=${() => (state.entry = null)} />
        </div>`;
    };
  },
};

mountMemberPage("points", () => get("/api/me/points"), ({ accounts }) => html`<${PointAccounts} accounts=${accounts} />`);

function chips(accounts, state) {
  return html`
    <p class="groups">${accounts.map(({ group, name }) => html`
      <button key=${group} type="button" class=${["chip", { on: group === state.group }]} aria-pressed=${String(group === state.group)}
        onClick=${() => (state.group = group)} data-testid=${`group-${group}`}>${name}</button>`)}
    </p>`;
}

function balance({ name, available, accumulated, expired, debt, held }) {
  const further = [["累计获得", accumulated], ["已过期", expired], ["订单占用", held], ["退货欠款", debt]];
  const shown = further.filter(([, value], at) => at < 2 || value);
  return html`
    <section class="card balance" data-testid="balance">
      <p class="hint">可用${name}</p>
      <p class="amount" data-testid="available">${available.toLocaleString("zh-CN")}</p>
      <dl>${shown.map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value.toLocaleString("zh-CN")}</dd></div>`)}</dl>
      ${debt > 0 && html`<p class="hint" data-testid="debt">退货后还欠 ${debt}，新得的${name}会先用来抵扣</p>`}
    </section>`;
}

function expiring({ expiring, failure }) {
  if (failure) return html`<p class="card error-text">${failure}</p>`;
  if (!expiring?.list.length) return null;
  return html`
    <section class="card" data-testid="expiring">
      <h2>30 天内过期 ${expiring.points} ${expiring.name}</h2>
      <ul class="entries">${expiring.list.map(({ last_day, points }) => html`
        <li key=${last_day}><span>${last_day} 当天到期</span><b>${points}</b></li>`)}
      </ul>
    </section>`;
}

function entries(state) {
  const { group } = state;
  const renderEntry = (entry) => html`
    <li key=${entry.id} data-testid="entry">
      <button type="button" class="entry" onClick=${() => (state.entry = entry.id)}>
        <span><span>${entry.reason || entry.label}</span><small>${entry.label} · ${momentText(entry.occurred_at)}</small></span>
        ${signedPoints(entry.value)}
      </button>
    </li>`;
  return html`
    <section class="card" data-testid="entries">
      <h2>明细</h2>
      <${Ledger} fetchPage=${(cursor) => get("/api/me/points/entries", { group, cursor, limit: PAGE_SIZE })} renderRow=${renderEntry} refreshKey=${group} empty="还没有记录" />
    </section>`;
}
