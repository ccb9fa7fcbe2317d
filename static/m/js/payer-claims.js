// Questions to a payer: whether the member whose top-up was paid is the same person.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { mountMemberPage } from "./page_shell.js";

const { Button, Field, showConfirmDialog, showToast } = window.vant;
const { reactive } = window.Vue;
const entered = reactive({ code: "", busy: false });

mountMemberPage("payer-claims", () => get("/api/me/payer-claims"), (data, reload) => html`
  <div>
    ${!data.list.length && html`<section class="card"><p class="empty" data-testid="no-claims">没有待确认的绑定</p></section>`}
    ${data.list.map((claim) => claim.state === "open" ? questionCard(claim, reload) : joinedCard(claim, reload))}
  </div>`);

function questionCard({ id, question }, reload) {
  const path = `/api/me/payer-claims/${id}`;
  return html`
    <section key=${id} class="card" data-testid="payer-claim">
      <h2>${question}</h2>
      <p class="hint">您刚为该会员充值。如果是您本人，验证该手机号后，积分和订单合并到一处。</p>
      <${Field} modelValue=${entered.code} label="验证码" type="digit" maxlength=${6} placeholder="6 位数字"
        onUpdate:modelValue=${(value) => { entered.code = value; }}
        data-testid="code">${{ button: () => html`<${Button} size="small" disabled=${entered.busy} onClick=${() => perform(() => post(`${path}/sms-codes`))} data-testid="send-code">发送验证码<//>` }}<//>
      <div class="confirm-actions">
        <${Button} type="primary" block=${true} round=${true} disabled=${entered.busy || entered.code.length !== 6}
          onClick=${() => perform(() => post(`${path}/answers`, { answer: "yes", code: entered.code }), "已绑定", reload)} data-testid="yes">是我，绑定<//>
        <${Button} block=${true} round=${true} disabled=${entered.busy}
          onClick=${() => perform(() => post(`${path}/answers`, { answer: "no" }), "已记录", reload)} data-testid="no">不是我<//>
      </div>
    </section>`;
}

function joinedCard({ id }, reload) {
  async function undo() {
    const agreed = await showConfirmDialog({ title: "撤销绑定", message: "两个账号各自恢复原来的积分和订单。" }).then(() => true, () => false);
    if (agreed) await perform(() => post(`/api/me/payer-claims/${id}/undos`), "已撤销", reload);
  }

  return html`
    <section key=${id} class="card" data-testid="joined">
      <h2>付款账号已绑定</h2>
      <p class="hint">如果绑定错了，可以撤销。</p>
      <${Button} block=${true} round=${true} disabled=${entered.busy} onClick=${undo} data-testid="undo">撤销绑定<//>
    </section>`;
}

async function perform(send, message, reload) {
  entered.busy = true;
  try {
    const answer = await send();
    showToast(message ?? answer.message);
    entered.code = "";
  } catch (error) {
    showToast(error.message);
  } finally {
    entered.busy = false;
  }
  if (reload) await reload();
}
