// Top-ups: the offers of the rules or an amount of one's own, paid with WeChat or Alipay, until the money has arrived.

import { get, post } from "../api.js";
import { html } from "../html.js";
import { parseYuan, yuan } from "../money.js";
import { requestPayment } from "../payment_bridge.js";
import { isInSandbox } from "../sandbox_payment.js";
import { pollWhileVisible } from "../visible_poll.js";

const { onUnmounted, reactive } = window.Vue;
const { Button, Field } = window.vant;
const TOP_UPS = "/api/me/stored-value/top-ups";
const MESSAGES = { paid: "正在等待到账…", cancelled: "付款已取消", unknown: "付款没有完成，如已扣款请稍候查看余额" };
const payMethod = findMethod();

export const TopUp = {
  props: { rules: Array, headroomFen: Number, joined: Boolean, frozen: Boolean },
  emits: ["paid"],
  setup(props, { emit }) {
    const state = reactive({ offer: null, text: "", message: "", done: null, busy: false, begun: null, wanted: "" });
    let stop = () => {};

    /** The same request is paid with the same top-up, also after a payment that was cancelled. */
    async function begin(request) {
      const wanted = JSON.stringify(request);
      if (state.begun && state.wanted === wanted) return;
      stop();
      state.begun = await post(TOP_UPS, { ...request, method: payMethod });
      state.wanted = wanted;
      stop = pollWhileVisible(poll);
    }

    async function poll() {
      const found = await get(`${TOP_UPS}/${encodeURIComponent(state.begun.number)}`);
      if (found.state === "requested") return false;
      Object.assign(state, { begun: null, message: "", ...(found.state === "paid" ? { done: found, offer: null, text: "" } : { message: "充值单已关闭，请重新充值" }) });
      if (found.state === "paid") emit("paid");
      return true;
    }

    async function pay() {
      const amountFen = state.offer ? state.offer.amount_fen : parseYuan(state.text);
      if (!amountFen) return Object.assign(state, { message: "请选择充值优惠或填写金额，最多两位小数" });
      Object.assign(state, { busy: true, message: "", done: null });
      try {
        await begin(state.offer ? { offer_id: state.offer.id } : { amount_fen: amountFen });
        state.message = MESSAGES[await requestPayment(payMethod, state.begun.payment)];
      } catch (error) {
        state.message = error.message;
      } finally {
        state.busy = false;
      }
    }

    onUnmounted(() => stop());
    return () => html`
      <section class="card" data-testid="top-up">
        <h2>充值</h2>
        ${state.done && html`<p class="code-success" role="status" data-testid="top-up-done">已到账 ${yuan(state.done.amount_fen)} 元${state.done.bonus_fen ? `，赠送 ${yuan(state.done.bonus_fen)} 元` : ""}</p>`}
        ${props.rules.map(ruleView)}
        ${canTopUp(props) ? form(props, state, pay) : html`<p class="hint" data-testid="no-top-up">${reason(props)}</p>`}
        <p class="hint">当前还可存入 ${yuan(props.headroomFen)} 元（含赠送）</p>
      </section>`;
  },
};

/** The platform whose browser shows the page. Another browser cannot pay. */
function findMethod() {
  if (/AlipayClient/i.test(navigator.userAgent)) return "alipay";
  return /MicroMessenger/i.test(navigator.userAgent) || isInSandbox ? "wechat" : "";
}

const canTopUp = ({ joined, frozen }) => joined && !frozen && payMethod;

function reason({ joined, frozen }) {
  if (frozen) return "账户已冻结，不能充值";
  return joined ? "在微信或支付宝中打开本页可以充值，也可以到门店充值" : "注册会员后可以充值";
}

function ruleView({ name, description, already_used }) {
  return html`<p key=${name} class="rule" data-testid="top-up-rules"><b>${name}</b><span>${description}${already_used ? "，已享用" : ""}</span></p>`;
}

function form({ rules }, state, pay) {
  const offers = rules.filter(({ already_used }) => !already_used).flatMap(({ offers: steps }) => steps);
  return html`
    <div class="top-up">
      ${offers.length > 0 && html`<div class="offers">${offers.map((offer) => offerButton(offer, state))}</div>`}
      <${Field} modelValue=${state.text} type="text" inputmode="decimal" maxlength="9" label=${offers.length ? "其他金额" : "充值金额"} placeholder="0.00" autocomplete="off"
        ...${{ "onUpdate:modelValue": (text) => Object.assign(state, { text, offer: null, message: "" }) }} data-testid="top-up-amount">${{ button: () => "元" }}<//>
      ${state.message && html`<p class="code-notice" role="status" data-testid="top-up-message">${state.message}</p>`}
      <${Button} type="primary" block=${true} round=${true} loading=${state.busy} disabled=${!state.offer && !state.text} onClick=${pay} data-testid="top-up-pay">${payLabel(state)}<//>
    </div>`;
}

function offerButton(offer, state) {
  const isChosen = state.offer?.id === offer.id;
  return html`
    <button key=${offer.id} type="button" class=${["offer", { on: isChosen }]} aria-pressed=${isChosen ? "true" : "false"}
      onClick=${() => Object.assign(state, { offer, text: "", message: "" })} data-testid="top-up-offer">
      <b>${yuan(offer.amount_fen)}</b><small>送 ${yuan(offer.bonus_fen)}</small>
    </button>`;
}

function payLabel({ offer, text }) {
  const amountFen = offer ? offer.amount_fen : parseYuan(text);
  return `${payMethod === "alipay" ? "支付宝" : "微信"}支付${amountFen ? ` ${yuan(amountFen)} 元` : ""}`;
}
