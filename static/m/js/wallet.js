// My stored value: the balance, a code to pay with, the statement month by month, and what to do when the phone is lost.

import { get } from "./api.js";
import { html } from "./html.js";
import { showMine } from "./mine.js";
import { yuan } from "./money.js";
import { LossReport } from "./wallet/loss_report.js";
import { PaymentCode } from "./wallet/payment_code.js";
import { Statement } from "./wallet/statement.js";

showMine("wallet", () => get("/api/me/stored-value"), (told, again) => html`
  <div class="wallet-columns">
    <div>
      ${balance(told)}
      ${told.frozen ? frozen() : html`<${PaymentCode} joined=${told.joined} onFrozen=${again} />`}
      ${rules(told)}
      ${security(told)}
      ${told.opened && !told.frozen && html`<${LossReport} onDone=${again} />`}
    </div>
    <div><${Statement} /></div>
  </div>`);

function balance({ available_fen, principal_fen, bonus_fen, held_fen, frozen }) {
  const parts = [["本金", principal_fen], ["赠金", bonus_fen], ["订单占用", held_fen]].filter(([, fen], at) => at < 2 || fen);
  return html`
    <section class=${["value-card", { "value-frozen": frozen }]} data-testid="value-card">
      <p>储值余额（元）${frozen && html`<span class="tier">已冻结</span>`}</p>
      <p class="amount" data-testid="value-balance">${yuan(available_fen)}</p>
      <p class="value-parts">${parts.map(([word, fen]) => html`<span key=${word}>${word} ${yuan(fen)}</span>`)}</p>
    </section>`;
}

function frozen() {
  return html`
    <section class="card value-frozen-word" role="alert" data-testid="frozen">
      <h2>账户已冻结</h2>
      <p>余额不会少，但不能用来付款，也不能充值。如需解冻，请到门店办理。</p>
    </section>`;
}

function rules({ top_up_rules, room_fen }) {
  return html`
    <section class="card" data-testid="top-up-rules">
      <h2>充值优惠</h2>
      ${!top_up_rules.length && html`<p class="empty">暂时没有充值优惠</p>`}
      ${top_up_rules.map(({ name, words, used }) => html`
        <p key=${name} class="rule"><b>${name}</b><span>${words}${used ? "，已享用" : ""}</span></p>`)}
      <p class="hint">到门店可用现金充值，当前还可存入 ${yuan(room_fen)} 元（含赠送）</p>
    </section>`;
}

function security({ security: told }) {
  const sentences = [
    told.proof_required && (told.free_fen
      ? `单笔超过 ${yuan(told.free_fen)} 元须验证付款码或短信验证码`
      : "消费时须验证付款码或短信验证码"),
    told.per_purchase_fen > 0 && `单笔最多 ${yuan(told.per_purchase_fen)} 元`,
    told.per_day_fen > 0 && `每日最多 ${yuan(told.per_day_fen)} 元，今天已用 ${yuan(told.spent_today_fen)} 元`,
  ].filter(Boolean);
  if (!sentences.length) return null;
  return html`
    <section class="card" data-testid="security">
      <h2>消费安全</h2>
      ${sentences.map((sentence) => html`<p key=${sentence} class="hint">${sentence}</p>`)}
    </section>`;
}
