// The sheet in which goods are claimed: at the shop, or by parcel to one of my addresses.

import { get } from "../api.js";
import { html } from "../html.js";
import { pageUrl } from "../page_context.js";

const { reactive, watch } = window.Vue;
const { Button, Popup } = window.vant;
const WAYS = { delivery: "邮寄到家", shop: "到店领取" };

export const ClaimSheet = {
  props: { prize: Object, onClaim: Function, onClose: Function },
  setup(props) {
    const state = reactive({ way: "", addresses: [], chosen: "", failure: "" });

    watch(() => props.prize, async (prize) => {
      if (!prize) return;
      Object.assign(state, { way: prize.ways[0], failure: "" });
      try {
        state.addresses = (await get("/api/me/addresses")).list;
        const last = sessionStorage.getItem("address");
        state.chosen = (state.addresses.find(({ id }) => id === last) ?? state.addresses[0])?.id ?? "";
      } catch (error) {
        state.failure = error.message;
      }
    }, { immediate: true });

    const submit = () => props.onClaim(props.prize, state.way === "shop" ? { way: "shop" } : { way: "delivery", address_id: state.chosen });
    return () => html`
      <${Popup} show=${Boolean(props.prize)} position="bottom" round=${true} closeable=${true} ...${{ "onUpdate:show": () => props.onClose() }}>
        ${props.prize && content(props.prize, state, submit)}
      <//>`;
  },
};

function content(prize, state, submit) {
  const needsAddress = state.way === "delivery";
  return html`
    <div class="sheet" data-testid="claim-sheet">
      <h2>领取 ${prize.name}</h2>
      <div class="claim-ways" role="group" aria-label="领取方式">
        ${prize.ways.map((way) => html`<button type="button" key=${way} class=${["chip", { on: way === state.way }]} aria-pressed=${way === state.way} onClick=${() => (state.way = way)} data-testid=${`way-${way}`}>${WAYS[way]}</button>`)}
      </div>
      ${needsAddress && addressList(state, prize)}
      ${!needsAddress && html`<p class="hint">领取后得到领奖码，到参加活动的门店出示</p>`}
      ${state.failure && html`<p class="error-text" role="alert">${state.failure}</p>`}
      <${Button} block=${true} round=${true} type="primary" disabled=${needsAddress && !state.chosen} onClick=${submit} data-testid="submit-claim">确认领取<//>
    </div>`;
}

function addressList(state, prize) {
  return html`
    <div class="claim-addresses" role="radiogroup" aria-label="收货地址">
      ${state.addresses.map(({ id, name, phone, region, detail }) => html`
        <label key=${id} class="tick" data-testid="claim-address"><input type="radio" name="address" checked=${id === state.chosen} onChange=${() => (state.chosen = id)} /><span>${name} ${phone.replace(/^\+86/, "")}<small>${[...new Set(region)].join("")}${detail}</small></span></label>`)}
      <a class="link" href=${`${pageUrl("addresses")}#prizes`} onClick=${() => sessionStorage.setItem("prize", prize.id)} data-testid="new-claim-address">新建收货地址</a>
    </div>`;
}
