// My points: an account a group, what of it ends soon, every entry, and where each came from.

import { get } from "./api.js";
import { momentText } from "./days.js";
import { html } from "./html.js";
import { Ledger } from "./ledger.js";
import { showMine } from "./mine.js";
import { EntrySheet } from "./points/entry_sheet.js";
import { signed } from "./points/signed.js";

const { reactive, watch } = window.Vue;
const SHOWN = 20;

const Accounts = {
  props: { accounts: Array },
  setup(props) {
    const state = reactive({ group: props.accounts[0].group, ending: null, failure: "", entry: null });

    async function loadEnding() {
      Object.assign(state, { ending: null, failure: "" });
      try {
        state.ending = await get("/api/me/points/expiring", { group: state.group });
      } catch (refusal) {
        state.failure = refusal.message;
      }
    }

    watch(() => state.group, loadEnding, { immediate: true });
    return () => {
      const account = props.accounts.find(({ group }) => group === state.group);
      return html`
        <div>
          ${props.accounts.length > 1 && chips(props.accounts, state)}
          ${balance(account)}
          ${ending(state)}
          ${entries(state)}
          <${EntrySheet} entry=${state.entry} onClose=${() => (state.entry = null)} />
        </div>`;
    };
  },
};

showMine("points", () => get("/api/me/points"), ({ accounts }) => html`<${Accounts} accounts=${accounts} />`);

function chips(accounts, state) {
  return html`
    <p class="groups">${accounts.map(({ group, name }) => html`
      <button key=${group} type="button" class=${["chip", { on: group === state.group }]} aria-pressed=${String(group === state.group)}
        onClick=${() => (state.group = group)} data-testid=${`group-${group}`}>${name}</button>`)}
    </p>`;
}

function balance({ name, available, accumulated, expired, owed, held }) {
  const further = [["累计获得", accumulated], ["已过期", expired], ["订单占用", held], ["退货欠款", owed]];
  const shown = further.filter(([, value], at) => at < 2 || value);
  return html`
    <section class="card balance" data-testid="balance">
      <p class="hint">可用${name}</p>
      <p class="amount" data-testid="available">${available.toLocaleString("zh-CN")}</p>
      <dl>${shown.map(([word, value]) => html`<div key=${word}><dt>${word}</dt><dd>${value.toLocaleString("zh-CN")}</dd></div>`)}</dl>
      ${owed > 0 && html`<p class="hint" data-testid="owed">退货后还欠 ${owed}，新得的${name}会先用来抵扣</p>`}
    </section>`;
}

function ending({ ending, failure }) {
  if (failure) return html`<p class="card trouble">${failure}</p>`;
  if (!ending?.list.length) return null;
  return html`
    <section class="card" data-testid="ending">
      <h2>30 天内过期 ${ending.points} ${ending.name}</h2>
      <ul class="entries">${ending.list.map(({ last_day, points }) => html`
        <li key=${last_day}><span>${last_day} 当天到期</span><b>${points}</b></li>`)}
      </ul>
    </section>`;
}

function entries(state) {
  const { group } = state;
  const line = (entry) => html`
    <li key=${entry.id} data-testid="entry">
      <button type="button" class="entry" onClick=${() => (state.entry = entry.id)}>
        <span><span>${entry.reason || entry.word}</span><small>${entry.word} · ${momentText(entry.at)}</small></span>
        ${signed(entry.value)}
      </button>
    </li>`;
  return html`
    <section class="card" data-testid="entries">
      <h2>明细</h2>
      <${Ledger} ask=${(cursor) => get("/api/me/points/entries", { group, cursor, limit: SHOWN })} line=${line} turn=${group} empty="还没有记录" />
    </section>`;
}
