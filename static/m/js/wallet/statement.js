// The statement of a month: what came, what left, the balance after each booking; the whole of it as a file.

import { get } from "../api.js";
import { momentText, monthBeside, today } from "../days.js";
import { html } from "../html.js";
import { Ledger } from "../ledger.js";
import { movedYuan, yuan } from "../money.js";

const { reactive } = window.Vue;
const { Icon } = window.vant;
const SHOWN = 20;

export const Statement = {
  setup() {
    const state = reactive({ month: today().slice(0, 7), sums: null });

    async function ask(cursor) {
      const { month } = state;
      const found = await get("/api/me/stored-value/entries", { month, cursor, limit: SHOWN });
      if (month === state.month) state.sums = found;
      return found;
    }

    function turnTo(step) {
      Object.assign(state, { month: monthBeside(state.month, step), sums: null });
    }

    return () => html`
      <section class="card" data-testid="statement">
        <h2>明细 <a class="more" href="/api/me/stored-value/statement.csv" download="" data-testid="export">导出全部</a></h2>
        ${head(state, turnTo)}
        <${Ledger} ask=${ask} line=${line} turn=${state.month} empty="这个月没有储值变动" />
      </section>`;
  },
};

function head({ month, sums }, turnTo) {
  const [year, number] = month.split("-").map(Number);
  const latest = month >= today().slice(0, 7);
  return html`
    <div class="month-head">
      <button type="button" aria-label="上个月" onClick=${() => turnTo(-1)} data-testid="month-before"><${Icon} name="arrow-left" /></button>
      <span><span data-testid="month">${year} 年 ${number} 月</span><small data-testid="month-sums">${sums && `收入 ${yuan(sums.in_fen)}，支出 ${yuan(sums.out_fen)}`}</small></span>
      <button type="button" aria-label="下个月" disabled=${latest} onClick=${() => turnTo(1)}><${Icon} name="arrow" /></button>
    </div>`;
}

function line({ at, kind, word, amount_fen, balance_fen, order_number, reason }) {
  const about = [momentText(at), order_number && `订单 ${order_number}`, reason].filter(Boolean).join(" · ");
  return html`
    <li key=${`${at}${kind}`} data-testid="booking">
      <div><span>${word}</span><small>${about}</small></div>
      <b class=${amount_fen > 0 ? "plus" : "minus"}>${movedYuan(amount_fen)}<small>余额 ${yuan(balance_fen)}</small></b>
    </li>`;
}
