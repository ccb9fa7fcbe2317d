// Closing of the membership: what goes back, what is given up, the request, and its cancellation.

import { get, post, remove } from "./api.js";
import { html } from "./html.js";
import { yuan } from "./money.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { Confirmation } from "./me/confirmation.js";

const { Button, showConfirmDialog, showToast } = window.vant;

mountMemberPage("closing", () => get("/api/me/closing"), (data, reload) => html`
  <div>
    ${data.request ? pendingCard(data.request, reload) : introduction(data)}
    ${refundCard(data)}
    ${givenUpCard(data)}
    ${openCard(data)}
    <section class="card"><h2>注销后保留</h2><ul class="warning-list">${data.kept.map((text) => html`<li key=${text}>${text}</li>`)}</ul></section>
    ${!data.request && html`
      <${Confirmation} key=${data.listing_version} button="申请注销"
        label="我已核对以上清单，同意退还储值本金，放弃赠金、积分和优惠券"
        question=${`${data.waiting_days} 天后办理，其间可以撤回。办理后无法恢复。`}
        perform=${() => request(data, reload)} />`}
  </div>`);

async function request(data, reload) {
  try {
    await post("/api/me/closing", { confirm: true, listing_version: data.listing_version });
    showToast("已提交注销申请");
  } catch (error) {
    if (error.code !== "closing_listing_changed") throw error;
    showToast(error.message);
  }
  await reload();
  window.scrollTo(0, 0);
}

function introduction({ waiting_days }) {
  return html`
    <section class="card">
      <h2>注销会员</h2>
      <p class="hint">提交后第 ${waiting_days} 天结束时办理，其间会员照常使用，也可以撤回。办理后会员终止，个人资料清除，不能恢复。</p>
    </section>`;
}

function pendingCard({ number, due_day }, reload) {
  async function cancel() {
    const agreed = await showConfirmDialog({ title: "撤回注销申请", message: "撤回后会员照常使用。" }).then(() => true, () => false);
    if (!agreed) return;
    try {
      await remove("/api/me/closing");
      showToast("已撤回");
    } catch (error) {
      showToast(error.message);
    }
    await reload();
  }

  return html`
    <section class="card pending" role="status" data-testid="pending">
      <h2>注销申请待办理</h2>
      <p>编号 ${number}</p>
      <p>${due_day} 结束前可以撤回，之后办理。</p>
      <div class="confirm-actions">
        <${Button} type="primary" block=${true} round=${true} onClick=${cancel} data-testid="cancel">撤回申请<//>
        <a class="back-link" href=${pageUrl("profile")}>返回个人资料</a>
      </div>
    </section>`;
}

function refundCard({ principal_fen, refunds }) {
  return html`
    <section class="card" data-testid="refunds">
      <h2>退还</h2>
      <ul class="rows">
        <li><span>储值本金</span><b data-testid="principal">${yuan(principal_fen)} 元</b></li>
        ${refunds.map(({ channel, label, amount_fen }) => html`
          <li key=${channel}><span>${channel === "cash" ? label : `原路退回${label}`}</span><span>${yuan(amount_fen)} 元</span></li>`)}
      </ul>
    </section>`;
}

function givenUpCard({ bonus_fen, points, coupons }) {
  return html`
    <section class="card" data-testid="given-up">
      <h2>作废</h2>
      <ul class="rows">
        <li><span>储值赠金</span><b>${yuan(bonus_fen)} 元</b></li>
        ${points.map(({ name, available }) => html`<li key=${name}><span>${name}</span><b>${available.toLocaleString("zh-CN")}</b></li>`)}
        ${coupons.map(({ name, count }) => html`<li key=${name}><span>${name}</span><b>${count} 张</b></li>`)}
        ${!points.length && html`<li><span>积分</span><b>0</b></li>`}
        ${!coupons.length && html`<li><span>优惠券</span><b>0 张</b></li>`}
      </ul>
    </section>`;
}

function openCard({ open_things }) {
  if (!open_things.length) return null;
  return html`
    <section class="card" data-testid="open-things">
      <h2>办理前须先完成</h2>
      <ul class="warning-list">${open_things.map((text) => html`<li key=${text}>${text}</li>`)}</ul>
    </section>`;
}
