// The statement of a month: what came, what left, the balance after each booking; the whole of it as a file.

import { get } from "../api.js";
import { momentText, addMonths, today } from "../days.js";
import { html } from "../html.js";
import { Ledger } from "../ledger.js";
import { signedYuan, yuan } from "../money.js";

const { reactive } = window.Vue;
const { Icon } = window.vant;
const PAGE_SIZE = 20;

export const Statement = {
  setup() {
    const state = reactive({ month: today().slice(0, 7), sums: null });

    async function fetchPage(cursor) {
      const { month } = state;
      const found = await get("/api/me/stored-value/entries", { month, cursor, limit: PAGE_SIZE });
      if (month === state.month) state.sums = found;
      return found;
    }

    function turnTo(step) {
      Object.assign(state, { month: addMonths(state.month, step), sums: null });
    }

    return () => html`
      <section class="card" data-testid="statement">
        <h2>明细 <a class="more" href="/api/me/stored-value/statement.csv" download="" data-testid="export">导出全部</a></h2>
        ${monthHeader(state, turnTo)}
        <${Ledger} fetchPage=${fetchPage} renderRow=${entryRow} refreshKey=${state.month} empty="这个月没有储值变动" />
      </section>`;
  },
};

function monthHeader({ month, sums }, turnTo) {
  const [year, number] = month.split("-").map(Number);
  const latest = month >= today().slice(0, 7);
  return html`
    <div class="month-head">
      <button type="button" aria-label="上个月" onClick=${() => turnTo(-1)} data-testid="month-before"><${Icon} name="arrow-left" /></button>
      <span><span data-testid="month">${year} 年 ${number} 月</span><small data-testid="month-sums">${sums && `收入 ${yuan(sums.credited_fen)}，支出 ${yuan(sums.debited_fen)}`}</small></span>
      <button type="button" aria-label="下个月" disabled=${latest} onClick=${() => turnTo(1)}><${Icon} name="arrow" /></button>
    </div>`;
}

function entryRow({ booked_at, kind, label, amount_fen, balance_fen, order_number, reason }) {
  const about = [momentText(booked_at), order_number && `订单 ${order_number}`, reason].filter(Boolean).join(" · ");
  return html`
    <li key=${`${booked_at}${kind}`} data-testid="statement-entry">
      <div><span>${label}</span><small>${about}</small></div>
      <b class=${amount_fen > 0 ? "plus" : "minus"}>${signedYuan(amount_fen)}<small>余额 ${yuan(balance_fen)}</small></b>
    </li>`;
}
