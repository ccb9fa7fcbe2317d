// What an activity shows beside the wheel: the prizes with their numbers, the winners, my draws, and the outcome.

import { html } from "../html.js";
import { momentText } from "../days.js";
import { yuan } from "../money.js";
import { pageUrl } from "../page_context.js";
import { KIND_SIGNS } from "./slots.js";

const { Button, Popup } = window.vant;

export function prizeList({ prizes }) {
  return html`
    <section class="card" data-testid="prizes">
      <h2>奖品</h2>
      ${prizes.map((prize) => html`
        <div class="prize-row" key=${prize.id} data-testid="prize">
          ${prizePicture(prize)}
          <div><h3>${prize.name}</h3><small>${prize.kind_label}</small></div>
          <p>共 ${prize.quantity} 份<small>剩 ${prize.left} 份</small></p>
        </div>`)}
    </section>`;
}

export function prizePicture({ picture_url: picture, kind }) {
  return picture ? html`<img class="prize-picture" src=${picture} alt="" loading="lazy" />` : html`<span class="prize-picture" aria-hidden="true">${KIND_SIGNS[kind]}</span>`;
}

export function winnerList(winners) {
  if (!winners.length) return null;
  return html`
    <section class="card" data-testid="winners">
      <h2>中奖名单</h2>
      <ul class="winners" tabindex="0" aria-label="中奖名单">
        ${winners.map(({ name, prize, won_at }, at) => html`<li key=${at}><span>${name}</span><b>${prize}</b><small>${momentText(won_at)}</small></li>`)}
      </ul>
    </section>`;
}

/** The numbers that decided my draws, to be checked by everybody. */
export function myNumbers(numbers, load) {
  return html`
    <section class="card" data-testid="numbers">
      <h2>我的抽奖号码</h2>
      <p class="hint">每次抽奖随机取一个号码（0 到剩余次数减 1）。号码小于第一种奖品的剩余数量时中第一种，接着是第二种，依此类推。</p>
      ${numbers === null
        ? html`<${Button} size="small" round=${true} plain=${true} onClick=${load} data-testid="show-numbers">查看<//>`
        : html`<ul class="draw-numbers">${numbers.map(numberRow)}</ul>`}
      ${numbers?.length === 0 && html`<p class="empty">还没有抽过</p>`}
    </section>`;
}

function numberRow({ number, draws_left, prizes_left, pick, prize, is_correct }) {
  return html`
    <li key=${number} data-testid="draw-number">
      <b>第 ${number} 次抽奖：号码 ${pick}，${prize ?? "未中奖"}</b>
      <small>抽前剩 ${draws_left} 次，奖品剩 ${prizes_left.join("、")} 份，${is_correct ? "核对一致" : "核对不一致"}</small>
    </li>`;
}

export function resultSheet(result, close) {
  const prize = result?.prize;
  return html`
    <${Popup} show=${Boolean(result)} round=${true} class="result-sheet" ...${{ "onUpdate:show": close }}>
      ${result && html`
        <div class="result" role="status" data-testid="result">
          <h2>${prize ? "恭喜中奖" : "没有中奖"}</h2>
          ${prize ? html`<p class="result-prize">${prize.name}${prize.amount_fen ? ` ${yuan(prize.amount_fen)} 元` : ""}</p>` : html`<p>谢谢参与，下次再来</p>`}
          ${prize && html`<p class="hint">${prize.state === "claimed" ? "已放入您的账户" : "请到“我的奖品”领取"}</p>`}
          ${prize && html`<${Button} block=${true} round=${true} type="primary" onClick=${() => location.assign(pageUrl("prizes"))} data-testid="result-prizes">查看奖品<//>`}
          <${Button} block=${true} round=${true} plain=${true} onClick=${close} data-testid="result-close">知道了<//>
        </div>`}
    <//>`;
}
