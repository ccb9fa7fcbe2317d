// My plastic card: what I have, an application with its four steps, activation by a code, the report of a loss.

import { get } from "./api.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { Activation } from "./physical_card/activation.js";
import { Application } from "./physical_card/application.js";
import { CardLoss } from "./physical_card/card_loss.js";

const CURRENT = ["active", "mailed", "lost"];

mountMemberPage("physical-card", () => get("/api/me/card/applications"), (data, reload) => html`
  <div>
    ${!data.joined && html`<a class="card notice-link" href=${pageUrl("me")} data-testid="join">注册会员后可以申领或激活实体卡<span>去注册</span></a>`}
    ${data.cards.filter(({ state }) => CURRENT.includes(state)).map(cardView)}
    ${data.list.map((one) => html`<${Application} key=${one.number} application=${one} onDone=${reload} />`)}
    ${data.can_apply && html`<${Application} key=${`new-${data.list.length}`} purpose=${data.can_apply} kind=${data.kind} onDone=${reload} />`}
    ${data.joined && !data.cards.some(({ state }) => CURRENT.includes(state)) && html`<${Activation} onDone=${reload} />`}
    ${data.can_report_loss && html`<${CardLoss} hasStoredValue=${data.has_stored_value} onDone=${reload} />`}
  </div>`);

function cardView({ number, kind, state, state_label }) {
  return html`
    <section class="card" key=${number} data-testid="physical-card">
      <h2>${kind}<span class="tag">${state_label}</span></h2>
      <p class="card-digits">${number.replace(/(\d{4})(?=\d)/g, "$1 ")}</p>
      ${state === "lost" && html`<p class="hint">卡号已停用。找到卡后请到门店解挂，或补换新卡。</p>`}
      ${state === "mailed" && html`<p class="hint">收到卡后请在下方确认，卡号即可使用。</p>`}
    </section>`;
}
