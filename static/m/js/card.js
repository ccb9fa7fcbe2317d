// My member card: what it shows and brings, and the card packs to which it can be added.

import { get, post } from "./api.js";
import { addToWeChat } from "./card_pack_bridge.js";
import { html } from "./html.js";
import { yuan } from "./money.js";
import { pageUrl } from "./page_context.js";
import { mountMemberPage } from "./page_shell.js";
import { safeUrl } from "./shop_display.js";
import { pollWhileVisible } from "./visible_poll.js";

const { onUnmounted, reactive } = window.Vue;
const { Button, showToast } = window.vant;
const POLLS = 40; // a minute, until the platform has reported the card

mountMemberPage("card-page", () => get("/api/me/card"), (data, reload) => html`
  ${cardFront(data)}
  ${data.joined ? html`<${Packs} packs=${data.packs} onChange=${reload} />` : notMemberCard()}
  ${data.design && texts(data.design)}`);

function cardFront({ design, card_number, tier, points, balance_fen, joined }) {
  const colour = design?.colour ?? "#3d3427";
  const cover = safeUrl(design?.cover_url);
  return html`
    <section class="card-front" style=${{ backgroundColor: colour }} data-testid="card-front">
      ${cover && html`<img class="card-cover" src=${cover} alt="" />`}
      <div class="card-text">
        <p class="card-head">${safeUrl(design?.logo_url) && html`<img src=${safeUrl(design.logo_url)} alt="" />`}<b>${design?.title ?? "会员卡"}</b><span>${joined ? tier?.name ?? "注册会员" : "未注册"}</span></p>
        <p class="card-number" data-testid="card-number">${card_number.replace(/(.{4})(?=.)/g, "$1 ")}</p>
        <p class="card-totals"><span>${points.name} <b data-testid="card-points">${points.available.toLocaleString("zh-CN")}</b></span><span>余额 <b data-testid="card-balance">${yuan(balance_fen)}</b></span></p>
      </div>
    </section>`;
}

const Packs = {
  props: { packs: Array },
  emits: ["change"],
  setup(props, { emit }) {
    const state = reactive({ busy: "" });
    let stop = () => {};
    let polls = 0;

    /** The platform reports the card a moment after it was added. */
    function watchCard() {
      stop();
      polls = 0;
      stop = pollWhileVisible(async () => {
        emit("change");
        polls += 1;
        return polls > POLLS || props.packs.every(({ state: now }) => now === "active");
      });
    }

    async function add(platform) {
      state.busy = platform;
      try {
        await (platform === "wechat" ? addByWeChat() : addByAlipay());
      } catch (error) {
        showToast(error.message);
      } finally {
        state.busy = "";
      }
    }

    async function addByWeChat() {
      const page_url = location.href.split("#")[0];
      const result = await addToWeChat(await post("/api/me/card/packs/wechat", { page_url }));
      if (result === "cancelled") return;
      showToast(result === "added" ? "已添加到微信卡包" : "请到微信卡包查看");
      watchCard();
    }

    async function addByAlipay() {
      const { url } = await post("/api/me/card/packs/alipay");
      location.assign(url);
    }

    onUnmounted(() => stop());
    return () => props.packs.length > 0 && html`
      <section class="card packs" data-testid="packs">
        <h2>添加到卡包</h2>
        ${props.packs.map((pack) => packRow(pack, state.busy, add))}
        <p class="hint">从卡包删除会员卡不影响会员身份、积分和余额。</p>
      </section>`;
  },
};

function packRow({ platform, name, state, label }, busy, add) {
  const isDone = ["active", "got", "activating", "gifting"].includes(state);
  return html`
    <div key=${platform} class="pack" data-testid=${`pack-${platform}`}>
      <span>${name}</span><small data-testid=${`pack-${platform}-state`}>${label}</small>
      ${!isDone && html`
        <${Button} size="small" type="primary" round=${true} loading=${busy === platform} onClick=${() => add(platform)} data-testid=${`add-${platform}`}>添加<//>`}
    </div>`;
}

function texts({ privileges, instructions, service_phone }) {
  return html`
    <section class="card">
      <h2>会员特权</h2><p class="long-text">${privileges}</p>
      <h2>使用须知</h2><p class="long-text">${instructions}</p>
      ${service_phone && html`<p>客服电话 <a href=${`tel:${service_phone}`}>${service_phone}</a></p>`}
    </section>`;
}

function notMemberCard() {
  return html`
    <section class="card signed-out" data-testid="not-joined">
      <h1>还不是会员</h1>
      <p>注册会员后可以把会员卡添加到卡包</p>
      <${Button} type="primary" round=${true} block=${true} url=${pageUrl("me")}>去注册<//>
    </section>`;
}
