// The report of a lost plastic card: its number stops at once, and the stored value if the member wants it.

import { post } from "../api.js";
import { html } from "../html.js";

const { reactive } = window.Vue;
const { Button, showConfirmDialog, showToast } = window.vant;

export const CardLoss = {
  props: { hasStoredValue: Boolean },
  emits: ["done"],
  setup(props, { emit }) {
    const state = reactive({ freezes: false });

    async function report() {
      const agreed = await showConfirmDialog({
        title: "挂失实体卡", confirmButtonText: "确定挂失",
        message: `挂失后卡号立即停用${state.freezes ? "，储值同时冻结" : ""}。解挂要到门店办理。`,
      }).then(() => true, () => false);
      if (!agreed) return;
      try {
        await post("/api/me/card/loss-reports", { freeze_stored_value: state.freezes });
        showToast("已挂失");
        emit("done");
      } catch (error) {
        showToast(error.message);
      }
    }

    return () => html`
      <section class="card">
        <div class="loss-row"><p class="hint">实体卡丢了？</p><${Button} size="small" round=${true} plain=${true} type="danger" onClick=${report} data-testid="report-card-loss">挂失<//></div>
        ${props.hasStoredValue && html`<label class="tick"><input type="checkbox" checked=${state.freezes} onChange=${(event) => (state.freezes = event.target.checked)} data-testid="freeze-value" /><span>同时冻结储值</span></label>`}
      </section>`;
  },
};
