// A lucky draw: the wheel or the nine-grid, what there is to win, who has won, and the numbers of my draws.

import { get, post } from "./api.js";
import { html } from "./html.js";
import { activityUrl, inWeChat, isSignedIn, mountPage, pageUrl, signIn } from "./page_context.js";
import { errorView } from "./page_shell.js";
import { MyRegistration } from "./me/registration.js";
import { Grid } from "./activity/grid.js";
import { Wheel } from "./activity/wheel.js";
import { listSlots, placeOf } from "./activity/slots.js";
import { myNumbers, prizeList, resultSheet, winnerList } from "./activity/parts.js";
import { momentText } from "./days.js";

const { computed, onMounted, reactive } = window.Vue;
const { Button, Popup, Skeleton, showDialog, showToast } = window.vant;
const [, , , activityId, shareCode] = location.pathname.split("/");
const url = `/api/activities/${activityId}`;
const keys = {}; // of draws whose answer was lost: sent again they get the same outcome

mountPage({
  setup() {
    const state = reactive({ data: null, winners: [], numbers: null, failure: "", target: null, busy: false, result: null, joining: false });
    const slots = computed(() => (state.data ? listSlots(state.data) : []));

    async function load() {
      state.failure = "";
      try {
        [state.data, state.winners] = await Promise.all([get(url), get(`${url}/winners`).then(({ list }) => list)]);
        if (shareCode && isSignedIn) await post(`${url}/visits`, { share_code: shareCode }, `visit-${activityId}-${shareCode}`).catch(() => null);
      } catch (error) {
        state.failure = error.message;
      }
    }

    /** The outcome is known before the wheel turns. */
    async function draw(withPoints) {
      if (state.busy) return;
      if (!isSignedIn) return signIn(location.pathname);
      state.busy = true;
      try {
        keys[withPoints] ??= `draw-${Date.now()}-${Math.random().toString(36).slice(2)}`;
        const result = await post(`${url}/draws`, { with_points: withPoints }, keys[withPoints]);
        delete keys[withPoints];
        state.target = { slot: placeOf(slots.value, result.place), turn: (state.target?.turn ?? 0) + 1, result };
      } catch (error) {
        state.busy = false;
        if (error.code !== "offline") delete keys[withPoints];
        if (error.code === "members_only") state.joining = true;
        else showToast(error.message);
        await load();
      }
    }

    async function finish() {
      state.result = state.target.result;
      state.busy = false;
      state.numbers = null;
      await load();
    }

    async function showNumbers() {
      state.numbers = (await get(`${url}/draws`).catch(() => ({ list: [] }))).list;
    }

    function joined() {
      state.joining = false;
      load();
    }

    onMounted(load);
    return () => html`
      <div class="page activity">
        <main>${content(state, slots.value, { load, draw, finish, showNumbers })}</main>
        ${resultSheet(state.result, () => (state.result = null))}
        <${Popup} show=${state.joining} position="bottom" round=${true} closeable=${true} ...${{ "onUpdate:show": (shown) => (state.joining = shown) }}>
          ${state.joining && html`<div class="sheet"><p class="hint">本活动仅限会员参加</p><${MyRegistration} onDone=${joined} /></div>`}
        <//>
      </div>`;
  },
});

function content(state, slots, { load, draw, finish, showNumbers }) {
  const { data, failure } = state;
  if (failure) return errorView(failure, load);
  if (!data) return html`<section class="card" data-testid="loading"><${Skeleton} title=${true} row=${5} /></section>`;
  const Board = data.look === "grid" ? Grid : Wheel;
  return html`
    <div class="activity-columns">
      <div>
        <header class="activity-head">
          ${data.cover_url && html`<img src=${data.cover_url} alt="" />`}
          <h1 data-testid="activity-name">${data.name}</h1>
          <p>${momentText(data.starts_at)} 至 ${momentText(data.ends_at)}<span class="tag" data-testid="activity-state">${stateText(data)}</span></p>
        </header>
        <section class="card board">
          <${Board} slots=${slots} target=${state.target} onDone=${finish} />
          ${drawButtons(state, draw)}
        </section>
      </div>
      <div>
        ${prizeList(data)}
        ${winnerList(state.winners)}
        ${data.chances && myNumbers(state.numbers, showNumbers)}
        ${rules(data)}
        <${Button} block=${true} round=${true} plain=${true} type="primary" icon="share-o" onClick=${() => share(data)} data-testid="share">分享活动<//>
      </div>
    </div>`;
}

function stateText({ state, label, starts_at, ends_at, server_time }) {
  if (state !== "running") return label;
  if (server_time < starts_at) return "未开始";
  return server_time >= ends_at ? "已结束" : label;
}

function drawButtons({ data, busy }, draw) {
  const canDraw = data.actions.includes("draw"), byPoints = data.actions.includes("draw_with_points");
  return html`
    <div class="draw-buttons">
      <${Button} block=${true} round=${true} type="primary" disabled=${isSignedIn && !canDraw} loading=${busy} onClick=${() => draw(false)} data-testid="draw">${isSignedIn ? "立即抽奖" : "登录后抽奖"}<//>
      ${byPoints && html`<${Button} block=${true} round=${true} plain=${true} type="primary" disabled=${busy} onClick=${() => draw(true)} data-testid="draw-with-points">${data.chances.points_price} 积分抽一次<//>`}
      <p class="hint" data-testid="chances">${chanceText(data)}</p>
      <p><a class="link" href=${pageUrl("prizes")} data-testid="to-prizes">查看我的奖品</a></p>
    </div>`;
}

function chanceText({ chances, draws_left, state }) {
  if (state === "paused") return "活动已暂停，请稍后再来";
  if (!draws_left) return "本活动的抽奖次数已用完";
  return chances ? `您还能抽 ${chances.left} 次，今天最多再抽 ${chances.left_today} 次` : "登录后查看抽奖次数";
}

function rules({ rules_text, ways, stores, claims_until, members_only, total_draws, draws_left }) {
  return html`
    <section class="card" data-testid="rules">
      <h2>活动规则</h2>
      <p class="prose">${rules_text}</p>
      <ul class="facts">
        ${members_only && html`<li>仅限会员参加</li>`}
        ${ways.map((line) => html`<li key=${line}>${line}</li>`)}
        <li>共 ${total_draws} 次抽奖，剩余 ${draws_left} 次</li>
        <li>每次抽奖，某种奖品的中奖概率 = 该奖品剩余数量 ÷ 剩余抽奖次数</li>
        <li>请在 ${momentText(claims_until)} 前领取奖品，逾期作废</li>
        <li>参加门店：${stores.length ? stores.join("、") : "全部门店"}</li>
      </ul>
    </section>`;
}

/** The own code is part of the address, which WeChat's menu shares. */
async function share(data) {
  if (isSignedIn && !data.share_code) Object.assign(data, await post(`${url}/shares`, {}, `share-${activityId}`).catch(() => ({})));
  const path = activityUrl(data.id, data.share_code ?? "");
  if (inWeChat) {
    history.replaceState(null, "", path);
    return showDialog({ title: "分享活动", message: "点击右上角 ··· 发送给朋友" });
  }
  const link = location.origin + path;
  try {
    await navigator.clipboard.writeText(link);
    showToast("链接已复制");
  } catch {
    showDialog({ title: "分享活动", message: link });
  }
}
