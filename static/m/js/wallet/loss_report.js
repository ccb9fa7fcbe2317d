// The report of a loss: the account is frozen at once, and only staff can open it again.

import { post } from "../api.js";
import { html } from "../html.js";

const { Button, showConfirmDialog, showToast } = window.vant;

export const LossReport = {
  emits: ["done"],
  setup(_, { emit }) {
    async function report() {
      const agreed = await showConfirmDialog({
        title: "挂失储值账户",
        message: "挂失后立即冻结，不能付款和充值。解冻要到门店办理。",
        confirmButtonText: "确定挂失",
      }).then(() => true, () => false);
      if (!agreed) return;
      try {
        await post("/api/me/stored-value/loss-reports");
        showToast("已挂失");
        emit("done");
      } catch (error) {
        showToast(error.message);
      }
    }

    return () => html`
      <section class="card loss">
        <p class="hint">手机或账号丢失，余额有风险？</p>
        <${Button} size="small" round=${true} plain=${true} type="danger" onClick=${report} data-testid="report-loss">挂失<//>
      </section>`;
  },
};
