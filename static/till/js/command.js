// The line that is always ready: an amount, a scanned code, or Enter alone.

import { addCoupon, useStoredValue } from "./benefits.js";
import { scanWithCamera } from "./camera.js";
import { html } from "../../m/js/html.js";
import { idle, run } from "./keys.js";
import { addGoods } from "./lines.js";
import { find } from "./members.js";
import { begin, METHODS } from "./methods.js";
import { charge, isCharging } from "./payments.js";
import { redeemCoupon } from "./redemptions.js";
import { clear, isOpen, openAmount, requireOpen, take } from "./sales.js";
import { recognise } from "./scanner.js";
import { showStatus, state } from "./state.js";

let queue = Promise.resolve();

/** What is typed while something runs is handled after it; a second scan of the code under way is dropped. */
export function enter(text) {
  const typed = recognise(text);
  state.command = "";
  if (isCharging(typed.code)) return;
  queue = queue.then(idle).then(() => run(() => handle(typed)));
}

function handle({ kind, code, fen }) {
  if (state.sale && !isOpen() && kind !== "order") clear();
  const meanings = {
    empty: handleEmpty,
    amount: () => handleAmount(fen),
    pay_code: () => { requireOpen(); return charge(code); },
    stored_value: () => { requireOpen(); return useStoredValue(code); },
    member: () => find(code),
    phone: () => find(code),
    coupon: () => (isOpen() ? addCoupon(code) : redeemCoupon(code)),
    order: () => take(code),
    goods: () => addGoods(code),
  };
  if (!meanings[kind]) throw new Error("认不出这个号码，请检查后重试");
  return meanings[kind]();
}

function handleEmpty() {
  if (!isOpen()) return null;
  if (!state.sale.due_fen) return showStatus("info", "没有应收金额");
  return begin(state.sale.local ? "cash" : state.method);
}

function handleAmount(fen) {
  if (!fen) throw new Error("金额应大于 0");
  if (isOpen()) throw new Error("当前单据还没有结束，F2 修改，F11 挂单");
  return openAmount(fen);
}

function hint() {
  if (isOpen()) return state.sale.local ? "按 Enter 收现金" : `扫付款码，或按 Enter 用${METHODS[state.method]}收款`;
  return "输入金额，或扫码";
}

export function commandLine() {
  return html`
    <form class="command" onSubmit=${(event) => { event.preventDefault(); enter(state.command); }} autocomplete="off">
      <input id="command" inputmode="decimal" autocomplete="off" spellcheck="false" aria-label="金额或号码" data-testid="command" placeholder=${hint()}
             value=${state.command} onInput=${(event) => (state.command = event.target.value)} />
      <button type="button" class="scan" onClick=${() => scanWithCamera(enter)}>扫码</button>
      <button type="submit" class="go">${isOpen() ? "收款" : "确定"}</button>
    </form>`;
}
