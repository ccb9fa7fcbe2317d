// My message settings: marketing, the media on which I take it, and the subscribe messages that I have accepted.

import { get, put } from "./api.js";
import { html } from "./html.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";

const { reactive } = window.Vue;
const { Icon, Switch, showToast } = window.vant;

async function load() {
  const [settings, subscriptions] = await Promise.all([get("/api/me/message-settings"), get("/api/me/message-subscriptions")]);
  return { settings, subscriptions };
}

const MarketingSettings = {
  props: { initial: Object },
  setup(props) {
    const state = reactive({ ...props.initial, saving: false });

    async function save(changes) {
      const { marketing, opted_out_media } = { ...state, ...changes };
      state.saving = true;
      try {
        Object.assign(state, await put("/api/me/message-settings", { marketing, opted_out_media }));
        showToast("已保存");
      } catch (error) {
        showToast(error.message);
      } finally {
        state.saving = false;
      }
    }

    function accept(medium, accepted) {
      const others = state.opted_out_media.filter((one) => one !== medium);
      return save({ opted_out_media: accepted ? others : [...others, medium] });
    }

    return () => html`
      <div>
        <section class="card setting">
          ${switchRow({ label: "接收营销消息", name: "marketing", on: state.marketing, disabled: state.saving, change: (marketing) => save({ marketing }) })}
          <p class="hint">优惠活动、生日祝福等；订单、储值等通知不受影响</p>
        </section>
        ${state.media.length > 0 && html`
          <section class="card setting" data-testid="media">
            <h2>营销消息的接收方式</h2>
            ${state.media.map(({ medium, name }) => switchRow({
              label: name, name: medium, on: state.marketing && !state.opted_out_media.includes(medium),
              disabled: state.saving || !state.marketing, change: (accepted) => accept(medium, accepted),
            }))}
            ${!state.marketing && html`<p class="hint">开启“接收营销消息”后可以选择</p>`}
          </section>`}
      </div>`;
  },
};

mountMemberPage("message-settings", load, ({ settings, subscriptions }) => html`
  <div>
    <a class="back" href=${pageUrl("messages")} data-testid="to-messages"><${Icon} name="arrow-left" />我的消息</a>
    <h1>消息设置</h1>
    <${MarketingSettings} initial=${settings} />
    ${subscriptions.templates.length > 0 && subscriptionCard(subscriptions)}
  </div>`);

/** Vant's switch knows the pointer only: the keys and the state for screen readers are added here. */
function switchRow({ label, name, on, disabled, change }) {
  function press(event) {
    if (![" ", "Enter"].includes(event.key)) return;
    event.preventDefault();
    if (!disabled) change(!on);
  }
  return html`
    <div key=${name} class="switch-row">
      <span id=${`label-${name}`}>${label}</span>
      <${Switch} modelValue=${on} disabled=${disabled} size="24px" aria-labelledby=${`label-${name}`} aria-disabled=${String(disabled)}
        tabindex=${disabled ? null : 0} onKeydown=${press} data-testid=${`switch-${name}`} ...${{ "onUpdate:modelValue": change }} />
    </div>`;
}

function subscriptionCard({ templates, mini_program }) {
  return html`
    <section class="card" data-testid="subscriptions">
      <h2>小程序订阅消息</h2>
      <ul class="rows">${templates.map(({ template_id, title, remaining }) => html`
        <li key=${template_id}><span>${title}</span><span>剩余 ${remaining} 次</span></li>`)}
      </ul>
      <p class="hint">在小程序${mini_program ? `“${mini_program}”` : ""}中每同意一次，可以收到一条</p>
    </section>`;
}
