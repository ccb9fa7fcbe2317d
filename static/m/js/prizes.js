// My prizes: what I have won, in which state it is, and claiming it.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { activityUrl, pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { prizePicture } from "./activity/parts.js";
import { ClaimSheet } from "./activity/claim_sheet.js";
import { momentText } from "./days.js";
import { yuan } from "./money.js";

const { reactive } = window.Vue;
const { Button, Empty, showToast } = window.vant;
const waiting = sessionStorage.getItem("prize"); // left by the way to a new address

const Prizes = {
  props: { first: Object, reload: Function },
  setup(props) {
    sessionStorage.removeItem("prize");
    const state = reactive({ list: props.first.list, more: props.first.has_more, page: 1, open: props.first.list.find(({ id, actions }) => id === waiting && actions.length) ?? null, busy: "" });

    async function loadMore() {
      const { list, has_more: more } = await get("/api/me/prizes", { page: state.page + 1 });
      Object.assign(state, { list: [...state.list, ...list], more, page: state.page + 1 });
    }

    async function claim(prize, body = {}) {
      state.busy = prize.id;
      try {
        replace(await post(`/api/me/prizes/${prize.id}/claims`, body));
        state.open = null;
        showToast("已提交");
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = "";
      }
    }

    const replace = (prize) => (state.list = state.list.map((one) => (one.id === prize.id ? prize : one)));
    const start = (prize) => (prize.kind === "goods" ? (state.open = prize) : claim(prize));
    return () => html`
      <div>
        ${!state.list.length && html`<${Empty} image="search" description="还没有奖品" data-testid="no-prizes" />`}
        ${state.list.map((prize) => prizeCard(prize, state.busy === prize.id, start))}
        ${state.more && html`<${Button} block=${true} round=${true} plain=${true} onClick=${loadMore}>更多<//>`}
        <${ClaimSheet} prize=${state.open} onClaim=${claim} onClose=${() => (state.open = null)} />
      </div>`;
  },
};

mountMemberPage("prizes", () => get("/api/me/prizes"), (first, reload) => html`<${Prizes} first=${first} reload=${reload} />`);

function prizeCard(prize, busy, start) {
  const { id, name, amount_fen: fen, activity_id: activity, activity_name: from, label, state, note, code, courier, tracking_number: number } = prize;
  return html`
    <section class="card prize-card" key=${id} data-testid="my-prize">
      <div class="prize-row">
        ${prizePicture(prize)}
        <div><h2>${name}${fen ? ` ${yuan(fen)} 元` : ""}</h2><small><a href=${activityUrl(activity)}>${from}</a></small></div>
        <p class=${["prize-state", state]} data-testid="prize-state">${label}</p>
      </div>
      ${note && html`<p class="hint">${note}</p>`}
      ${code && state === "claiming" && html`<p class="prize-code" data-testid="prize-code">${code}</p>`}
      ${number && html`<p class="hint">${courier} ${number}</p>`}
      ${prize.kind === "cash" && state === "claiming" && html`<p><a class="link" href=${pageUrl("red-packets")} data-testid="to-red-packets">查看我的红包</a></p>`}
      ${prize.actions.length > 0 && html`
        <p class="hint">请在 ${momentText(prize.claims_until)} 前领取</p>
        <${Button} block=${true} round=${true} type="primary" loading=${busy} onClick=${() => start(prize)} data-testid="claim">领取<//>`}
    </section>`;
}
