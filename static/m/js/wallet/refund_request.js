// The principal of stored value is asked back: what goes back, what is forfeited, and what the shop has answered.

import { get, post } from "../api.js";
import { html } from "../html.js";
import { yuan } from "../money.js";

const { onMounted, reactive } = window.Vue;
const { Button, showConfirmDialog, showToast } = window.vant;

export const RefundRequest = {
  props: { principalFen: Number, bonusFen: Number, onDone: Function },
  setup(props) {
    const state = reactive({ requests: null, busy: false });

    async function load() {
      try {
        state.requests = (await get("/api/me/stored-value/refund-requests")).list;
      } catch {
        state.requests = null; // the rest of the page works without it
      }
    }

    async function ask() {
      const forfeited = props.bonusFen ? `未用的赠金 ${yuan(props.bonusFen)} 元将作废。` : "";
      const message = `本金 ${yuan(props.principalFen)} 元按原支付方式退回。${forfeited}`;
      if (!(await showConfirmDialog({ title: "申请退款", message }).then(() => true, () => false))) return;
      state.busy = true;
      try {
        const answer = await post("/api/me/stored-value/refund-requests", { confirm: true });
        showToast(answer.state === "granted" ? "已同意，按原支付方式退回" : "已提交，请等待门店处理");
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = false;
      }
      await load();
      props.onDone?.();
    }

    onMounted(load);
    return () => {
      const [latest] = state.requests ?? [];
      const isOpen = latest?.state === "open";
      if (!state.requests || (!props.principalFen && !latest)) return null;
      return html`
        <section class="card refund" data-testid="refund-request">
          <h2>申请退款</h2>
          ${latest && html`<p data-testid="refund-state">本金 ${yuan(latest.principal_fen)} 元：${latest.label}${latest.answer ? `，${latest.answer}` : ""}</p>`}
          <p class="hint">首次充值 7 天内且未使用的立即退款，其余由门店处理。未用的赠金作废。</p>
          ${props.principalFen > 0 && !isOpen && html`<${Button} block=${true} round=${true} disabled=${state.busy} onClick=${ask} data-testid="ask-refund">申请退还本金<//>`}
        </section>`;
    };
  },
};
