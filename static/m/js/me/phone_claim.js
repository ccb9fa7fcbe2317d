// A verified phone that has a member already: is it the same person? Nothing of that member is shown here.

import { get, post } from "../api.js";
import { html } from "../html.js";

const { reactive } = window.Vue;
const { Button, Field, showConfirmDialog, showToast } = window.vant;
const MAX_SHOPS = 5;
const AMOUNT = /^\d{1,7}(\.\d{1,2})?$/;

export const MyPhoneClaim = {
  props: { claim: Object },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ proving: false, keyword: "", shops: [], shop: null, amount: "", failure: "", busy: "" });
    const path = () => `/api/me/phone-claims/${encodeURIComponent(props.claim.id)}`;

    /** Whatever the answer is, the page is loaded again: a refused proof has used up an attempt. */
    async function send(name, address, body, message) {
      Object.assign(state, { failure: "", busy: name });
      try {
        await post(address, body);
        showToast(message);
        emit("done");
      } catch (error) {
        state.failure = error.message;
        if (["proof_wrong", "clerk_only", "claim_ended"].includes(error.code)) emit("done");
      } finally {
        state.busy = "";
      }
    }

    async function decline() {
      const sure = await showConfirmDialog({
        title: "不是我本人的会员",
        message: "将用该手机号为您开通新会员，原会员不再使用该手机号。",
        confirmButtonText: "开通新会员",
      }).catch(() => null);
      if (sure === "confirm") await send("decline", `${path()}/new-memberships`, undefined, "注册成功");
    }

    async function searchShops(event) {
      event.preventDefault();
      if (!state.keyword) return (state.failure = "请输入门店名称");
      state.failure = "";
      try {
        const found = await get("/api/stores", { keyword: state.keyword, page_size: MAX_SHOPS });
        Object.assign(state, { shops: found.list, shop: null, failure: found.list.length ? "" : "没有找到该门店" });
      } catch (error) {
        state.failure = error.message;
      }
    }

    async function prove() {
      if (!state.shop) return (state.failure = "请先查找并选择门店");
      if (!AMOUNT.test(state.amount)) return (state.failure = "请输入实付金额，如 19.90");
      const body = { store_id: state.shop, amount_fen: Math.round(Number(state.amount) * 100) };
      await send("prove", `${path()}/purchase-proofs`, body, "已核实，会员已合并");
    }

    return () => question(props.claim, state, { decline, searchShops, prove, check: () => emit("done") });
  },
};

function question(claim, state, actions) {
  return html`
    <section class="card phone-claim" data-testid="phone-claim">
      <h2>${claim.question}</h2>
      ${state.proving ? proofs(claim, state, actions) : html`
        <p class="hint">核实前不会显示该会员的任何信息。</p>
        <${Button} type="primary" block=${true} round=${true} onClick=${() => (state.proving = true)} data-testid="claim-yes">是我本人<//>
        <${Button} block=${true} round=${true} loading=${state.busy === "decline"} onClick=${actions.decline} data-testid="claim-no">不是，开通新会员<//>
        ${failureText(state)}`}
    </section>`;
}

function proofs(claim, state, actions) {
  return html`
    <div class="phone-claim">
      ${claim.attempts_left > 0 ? html`
        ${oldAccount(actions)}
        ${purchase(claim, state, actions)}` : html`<p data-testid="clerk-only">无法在线核实，请到门店请店员办理。</p>`}
      <h3>请店员办理</h3>
      <p class="hint">到门店出示上方会员卡号和本人证件，由店员核实后合并。</p>
      <button type="button" class="quiet" onClick=${() => (state.proving = false)} data-testid="claim-back">返回</button>
    </div>`;
}

function failureText({ failure }) {
  return html`<p class="error-text" role="alert" data-testid="claim-failure">${failure}</p>`;
}

function oldAccount({ check }) {
  return html`
    <h3>用原来的微信确认</h3>
    <p class="hint">用原来的微信打开“我的会员卡”，按提示点“是我本人”，再回到这里。</p>
    <${Button} size="small" plain=${true} round=${true} type="primary" onClick=${check} data-testid="claim-check">我已确认<//>`;
}

function purchase(claim, state, { searchShops, prove }) {
  return html`
    <h3>用近期消费核实</h3>
    <form class="claim-search" onSubmit=${searchShops}>
      <${Field} modelValue=${state.keyword} name="shop" maxlength="40" label="门店" placeholder="消费门店的名称"
        ...${{ "onUpdate:modelValue": (text) => (state.keyword = text.trim()) }}>
        ${{ button: () => html`<${Button} size="small" plain=${true} round=${true} type="primary" nativeType="submit" data-testid="claim-search">查找<//>` }}
      <//>
    </form>
    <div class="claim-shops">${state.shops.map((shop) => html`
      <button type="button" key=${shop.id} class=${["chip", { on: state.shop === shop.id }]} aria-pressed=${state.shop === shop.id} onClick=${() => (state.shop = shop.id)} data-testid="claim-shop">${shop.name}</button>`)}
    </div>
    <${Field} modelValue=${state.amount} type="number" name="amount" maxlength="10" label="实付金额" placeholder="那一单实付的元数"
      ...${{ "onUpdate:modelValue": (text) => (state.amount = text.trim()) }} />
    ${failureText(state)}
    <${Button} type="primary" block=${true} round=${true} loading=${state.busy === "prove"} onClick=${prove} data-testid="claim-prove">提交核实<//>
    <p class="hint" data-testid="attempts-left">还可尝试 ${claim.attempts_left} 次</p>`;
}
