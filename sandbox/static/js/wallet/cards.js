// The card packs of the person: the cards of WeChat and Alipay with what they show, and what can be done with them.

import { api } from "../api.js";
import { openBrowser } from "../browser.js";
import { attempt, el, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";
import { formatYuan } from "./money.js";

const PACKS = { wechat: "微信卡包", alipay: "支付宝卡包" };
const WECHAT_COLOURS = {
  Color010: "#63b359", Color020: "#2c9f67", Color030: "#509fc9", Color040: "#5885cf", Color050: "#9062c0",
  Color060: "#d09a45", Color070: "#e4b138", Color080: "#ee903c", Color081: "#f08500", Color082: "#a9d92d",
  Color090: "#dd6549", Color100: "#cc463d", Color101: "#cf3e36", Color102: "#5e6671",
};

export async function showCards(view) {
  const { list } = await api.cards(state.person.id);
  renderIfChanged(view, [state.person.id, list], () =>
    list.length ? list.map(build) : el("p", { class: "empty" }, "卡包里还没有会员卡。在商家的会员卡页面点“添加”后会出现在这里。"),
  );
}

function build(card) {
  return el(
    "article",
    { class: "pack-card", testid: `card-${card.platform}` },
    el(
      "header",
      { style: `background:${WECHAT_COLOURS[card.colour] || card.colour}` },
      el("b", {}, card.title),
      el("small", {}, PACKS[card.platform]),
      el("p", { class: "digits" }, card.code),
      el("p", {}, ...totals(card)),
    ),
    el("p", { class: "card-state", testid: `card-${card.platform}-state` }, describe(card)),
    el("div", { class: "card-buttons" }, buttons(card)),
  );
}

function totals({ points, balance_fen, tier }) {
  return [
    points === null ? null : el("span", { testid: "card-points" }, `积分 ${points}`),
    balance_fen === null ? null : el("span", { testid: "card-balance" }, `余额 ${formatYuan(balance_fen)}`),
    tier === null ? null : el("span", { testid: "card-tier" }, tier),
  ].filter(Boolean);
}

function describe(card) {
  if (!card.is_own) return "好友转赠给您的会员卡";
  if (card.state === "GIFTING") return "转赠中，等待好友领取";
  return card.is_active ? "使用中" : "未激活";
}

function buttons(card) {
  if (!card.is_own) return [button("领取", card, "accept")];
  if (card.platform === "alipay") return [button("删除", card, "delete")];
  if (card.state === "GIFTING") return [button("收回", card, "return_gift")];
  const friends = state.people.filter((person) => person.id !== state.person.id);
  return [
    card.is_active ? button("查看", card, "view") : button("激活", card, "activate"),
    ...(card.is_active ? friends.slice(0, 1).map(({ id, name }) => button(`转赠${name}`, card, "gift", { friend: id })) : []),
    button("删除", card, "delete"),
  ];
}

function button(label, card, action, more = {}) {
  const element = el("button", { type: "button", testid: `card-${action}` }, label);
  element.addEventListener("click", () =>
    attempt(element, async () => {
      const result = await api.cardAction(state.person.id, card.code, { action, ...more });
      if (result.open) openBrowser(result.open);
      else toast(`${label}：已完成`);
    }),
  );
  return element;
}
