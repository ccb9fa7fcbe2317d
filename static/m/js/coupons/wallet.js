// The wallet: my coupons in four tabs, each list growing while it is scrolled.

import { get } from "../api.js";
import { dayText, momentText } from "../days.js";
import { html } from "../html.js";
import { couponCard } from "./coupon_card.js";
import { MyGifts } from "./my_gifts.js";

const { reactive } = window.Vue;
const { Button, Empty, Icon, List, Tab, Tabs } = window.vant;
const TABS = [
  { name: "available", label: "可用", emptyText: "没有可用的优惠券，去领券中心看看" },
  { name: "gifting", label: "转赠中", emptyText: "没有转赠中的优惠券" },
  { name: "used", label: "已用", emptyText: "还没有用过优惠券" },
  { name: "expired", label: "过期", emptyText: "没有过期的优惠券" },
];

export const Wallet = {
  emits: ["signedOut"],
  setup(_, { emit }) {
    const state = reactive({ tab: "available", counts: {}, coupons: [], cursor: null, loading: false, finished: false, failed: false, failure: "" });

    async function loadMore() {
      const { tab } = state;
      state.loading = true;
      try {
        const found = await get("/api/me/coupons", { state: tab, after: state.cursor });
        if (tab !== state.tab) return; // the answer to a tab that was left meanwhile
        Object.assign(state, { counts: found.counts, cursor: found.next_cursor, finished: !found.has_more, failed: false });
        state.coupons.push(...found.list);
      } catch (error) {
        if (error.status === 401) return emit("signedOut");
        Object.assign(state, { failed: true, failure: error.message });
      } finally {
        if (tab === state.tab) state.loading = false;
      }
    }

    function turnTo(tab) {
      Object.assign(state, { tab, coupons: [], cursor: null, finished: false, failed: false, loading: false });
      return loadMore();
    }

    return () => html`
      <div>
        <a class="card to-centre" href="#centre" data-testid="to-centre"><${Icon} name="gift-o" /><span>领券中心</span><${Icon} name="arrow" /></a>
        <${Tabs} active=${state.tab} shrink=${false} ...${{ "onUpdate:active": turnTo }} class="wallet-tabs">
          ${TABS.map((tab) => html`<${Tab} key=${tab.name} name=${tab.name} title=${tabTitle(tab, state.counts)} />`)}
        <//>
        <${List} key=${state.tab} loading=${state.loading} error=${state.failed} finished=${state.finished} onLoad=${loadMore} class="coupon-list">
          ${{ default: () => state.coupons.map(couponRow), error: () => errorView(state, loadMore) }}
        <//>
        ${state.finished && !state.coupons.length && emptyView(state.tab)}
        ${state.tab === "gifting" && html`<${MyGifts} />`}
      </div>`;
  },
};

function tabTitle({ name, label }, counts) {
  return counts[name] ? `${label} ${counts[name]}` : label;
}

function couponRow(coupon) {
  const { code, display: shown, actions } = coupon;
  const inactive = ["used", "expired", "void"].includes(coupon.state);
  return html`
    <a key=${code} href=${`#${code}`} data-testid="coupon">
      ${couponCard(shown, { inactive, foot: dateText(coupon), side: html`<span class="coupon-state">${actions.includes("use") ? "去使用" : coupon.label}</span>` })}
    </a>`;
}

/** The date that matters: when it was used, when it begins, or when it ends. */
function dateText({ state, used_at, starts_at, ends_at }) {
  if (used_at) return `${momentText(used_at)} 使用`;
  if (state === "not_started") return `${dayText(starts_at)} 起可用`;
  return ends_at ? `${dayText(ends_at, -1)} 到期` : "长期有效";
}

function errorView({ failure }, loadMore) {
  return html`<div class="error-text" data-testid="load-error"><p>${failure}</p><${Button} size="small" round=${true} onClick=${loadMore}>重试<//></div>`;
}

function emptyView(name) {
  const { emptyText: message } = TABS.find((tab) => tab.name === name);
  return html`
    <${Empty} image="search" description=${message} data-testid="no-results">
      ${name === "available" && html`<a class="button" href="#centre">去领券</a>`}
    <//>`;
}
