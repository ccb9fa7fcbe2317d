// The sale in front, in digits that are read from a metre away.

import { html } from "../../m/js/html.js";
import { yuan } from "../../m/js/money.js";
import { commandLine } from "./command.js";
import { run } from "./keys.js";
import { hasMoney, isOpen, isPaid, removeLine } from "./sales.js";
import { showSlip } from "./slip.js";
import { state } from "./state.js";

const PAYMENT_STATES = { created: "处理中", pending: "等待付款", unknown: "确认中", succeeded: "", failed: "失败", closed: "已关闭", reversed: "已撤销" };

export function saleView() {
  const { sale } = state;
  return html`
    <section class="sale" data-testid="sale">
      ${totals(sale)}
      ${commandLine()}
      ${sale ? details(sale) : blank()}
    </section>`;
}

function totals(sale) {
  const [label, fen] = !sale ? ["应收", 0] : isOpen(sale) ? ["应收", sale.due_fen] : ["实收", sale.paid_fen];
  return html`
    <div class=${["totals", isPaid(sale) && "is-paid"]}>
      <p><span>${label}</span><strong data-testid="amount"><i>¥</i>${yuan(fen)}</strong></p>
      ${sale && html`<ul>
        <li>合计 <b>${yuan(sale.list_fen)}</b></li>
        ${sale.discount_fen > 0 && html`<li>优惠 <b>−${yuan(sale.discount_fen)}</b></li>`}
        ${sale.refunded_fen > 0 && html`<li>已退 <b>${yuan(sale.refunded_fen)}</b></li>`}
        ${isOpen(sale) && sale.paid_fen > 0 && html`<li>已收 <b>${yuan(sale.paid_fen)}</b></li>`}
      </ul>`}
    </div>`;
}

function blank() {
  return html`<div class="blank"><p>输入金额后按 <kbd>Enter</kbd> 开单</p><p>按 <kbd>F2</kbd> 录入商品，按 <kbd>F11</kbd> 取回挂单</p></div>`;
}

function details(sale) {
  return html`
    <div class="details">
      ${advice(sale)}
      ${sale.lines.length > 0 && lines(sale)}
      ${sums("优惠", sale.discounts, "−")}
      ${sums("抵扣", sale.tenders, "−")}
      ${sale.payments.length > 0 && payments(sale)}
      ${earned(sale)}
      <p class="number">${sale.local ? "离线单据，尚未上传" : `单号 ${sale.number}`}
        ${!isOpen(sale) && !sale.local && html`<button type="button" onClick=${() => run(() => showSlip(sale))}>打印小票</button>`}</p>
    </div>`;
}

function lines(sale) {
  const sources = new Set(sale.lines.filter(({ gift }) => !gift).map(({ source }) => source));
  const canRemove = isOpen(sale) && !sale.amount_only && !hasMoney(sale) && sources.size > 1;
  return html`
    <table class="lines"><tbody>${sale.lines.map((line) => html`
      <tr key=${line.line}><td>${line.gift && html`<i class="gift" data-testid="gift">赠品</i>`}${line.name}${line.returned > 0 && html`<small>已退 ${line.returned}</small>`}</td>
        <td class="times">${line.list_fen > line.unit_fen * line.quantity && html`<del aria-label="原价">${yuan(line.list_fen / line.quantity)}</del>`}${yuan(line.unit_fen)} × ${line.quantity}</td><td class="fen">${yuan(line.list_fen)}</td>
        ${canRemove && html`<td class="cut">${!line.gift && html`<button type="button" aria-label=${`删除${line.name}`} onClick=${() => run(() => removeLine(line.source))}>×</button>`}</td>`}</tr>`)}
    </tbody></table>`;
}

function sums(title, list, sign) {
  if (!list.length) return null;
  return html`<ul class="sums" aria-label=${title}>${list.map(({ sentence, fen }) => html`<li data-testid=${title === "优惠" ? "discount" : null}><span>${sentence}</span><b>${sign}${yuan(fen)}</b></li>`)}</ul>`;
}

/** What is missing for more, and gifts that are out of stock: the cashier can say it before the customer pays. */
function advice(sale) {
  if (!isOpen(sale)) return null;
  return [
    ...(sale.notices ?? []).map((text) => html`<p class="notice" role="status" key=${text} data-testid="offer-notice">${text}</p>`),
    ...(sale.progress ?? []).map((text) => html`<p class="progress" key=${text} data-testid="progress">${text}</p>`),
  ];
}

function payments(sale) {
  return html`
    <ul class="sums payments" data-testid="payments">${sale.payments.map((payment) => html`
      <li key=${payment.number} class=${payment.state}>
        <span>${payment.label}<small>${payment.message || PAYMENT_STATES[payment.state]}</small></span>
        <b>${yuan(payment.amount_fen)}${payment.change_fen > 0 && html`<small>收 ${yuan(payment.received_fen)}，找 ${yuan(payment.change_fen)}</small>`}</b>
      </li>`)}
    </ul>`;
}

function earned({ earned: won }) {
  if (!won) return null;
  const parts = [won.points ? `${won.points} 积分` : "", ...won.coupons].filter(Boolean);
  return parts.length ? html`<p class="earned">顾客获得 ${parts.join("、")}</p>` : null;
}
