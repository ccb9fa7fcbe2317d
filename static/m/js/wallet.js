// My stored value: the balance, a code to pay with, top-ups, the statement by month, and what to do when the phone is lost.

import { get } from "./api.js";
import { html } from "./html.js";
import { mountMemberPage } from "./page_shell.js";
import { yuan } from "./money.js";
import { LossReport } from "./wallet/loss_report.js";
import { PaymentCode } from "./wallet/payment_code.js";
import { RefundRequest } from "./wallet/refund_request.js";
import { Statement } from "./wallet/statement.js";
import { TopUp } from "./wallet/top_up.js";

mountMemberPage("wallet", () => get("/api/me/stored-value"), (data, reload) => html`
  <div class="wallet-columns">
    <div>
      ${balanceCard(data)}
      ${data.frozen ? frozenNotice() : html`<${PaymentCode} joined=${data.joined} onFrozen=${reload} onPaid=${reload} />`}
      <${TopUp} rules=${data.top_up_rules} headroomFen=${data.headroom_fen} joined=${data.joined} frozen=${data.frozen} onPaid=${reload} />
      ${securityCard(data)}
      ${data.has_account && !data.frozen && html`<${RefundRequest} key=${data.principal_fen} principalFen=${data.principal_fen} bonusFen=${data.bonus_fen} onDone=${reload} />`}
      ${data.has_account && !data.frozen && html`<${LossReport} onDone=${reload} />`}
    </div>
    <div><${Statement} key=${data.available_fen} /></div>
  </div>`);

function balanceCard({ available_fen, principal_fen, bonus_fen, held_fen, frozen }) {
  const parts = [["本金", principal_fen], ["赠金", bonus_fen], ["订单占用", held_fen]].filter(([, fen], at) => at < 2 || fen);
  return html`
    <section class=${["value-card", { "value-frozen": frozen }]} data-testid="value-card">
      <p>储值余额（元）${frozen && html`<span class="tier">已冻结</span>`}</p>
      <p class="amount" data-testid="value-balance">${yuan(available_fen)}</p>
      <p class="value-parts">${parts.map(([label, fen]) => html`<span key=${label}>${label} ${yuan(fen)}</span>`)}</p>
    </section>`;
}

function frozenNotice() {
  return html`
    <section class="card value-frozen-notice" role="alert" data-testid="frozen">
      <h2>账户已冻结</h2>
      <p>余额不会少，但不能用来付款，也不能充值。如需解冻，请到门店办理。</p>
    </section>`;
}

function securityCard({ security: data }) {
  const messages = [
    data.authorization_required && (data.exempt_up_to_fen
      ? `单笔超过 ${yuan(data.exempt_up_to_fen)} 元须验证付款码或短信验证码`
      : "消费时须验证付款码或短信验证码"),
    data.purchase_limit_fen > 0 && `单笔最多 ${yuan(data.purchase_limit_fen)} 元`,
    data.daily_limit_fen > 0 && `每日最多 ${yuan(data.daily_limit_fen)} 元，今天已用 ${yuan(data.spent_today_fen)} 元`,
  ].filter(Boolean);
  if (!messages.length) return null;
  return html`
    <section class="card" data-testid="security">
      <h2>消费安全</h2>
      ${messages.map((message) => html`<p key=${message} class="hint">${message}</p>`)}
    </section>`;
}
