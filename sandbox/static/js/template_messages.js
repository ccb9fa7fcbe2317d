// Template messages in chats, and the screen of a mini-program with its subscriptions and service notices.

import { api } from "./api.js";
import { attempt, el, formatTime, isWebAddress } from "./dom.js";
import { state } from "./state.js";

let refresh = async () => {};

export function startTemplateMessages(refreshPage) {
  refresh = refreshPage;
}

export async function refreshSubscriptions() {
  const { person, account } = state;
  const [subscriptions, { messages }] = await Promise.all([
    api.subscriptions(person.id, account.appid),
    api.templateMessages(person.id),
  ]);
  // The user may have selected another person or account during the requests.
  if (state.person?.id !== person.id || state.account?.appid !== account.appid) return;
  state.subscriptions = subscriptions;
  state.notices = messages.filter((message) => message.kind === "subscribe");
}

/** Returns title and lines of a message, and what it opens. */
export function templateCard({ title, lines, url, mini_program: program, page }) {
  const target = program ? `小程序 ${program.pagepath}` : page ? `小程序页面 ${page}` : isWebAddress(url) ? "查看详情 ›" : null;
  return el(
    "div",
    { class: "template-card" },
    el("b", {}, title),
    el("dl", {}, lines.map(({ name, value }) => [el("dt", {}, name), el("dd", {}, value)])),
    target ? el("small", {}, target) : null,
  );
}

/** Returns the button that switches the template messages of the account off or on. */
export function blockSwitch() {
  const blocked = Boolean(state.chat?.templates_blocked);
  const button = el("button", { type: "button", class: "plain", testid: "block-templates" }, blocked ? "恢复接收通知" : "拒收通知");
  button.addEventListener("click", () => change(button, () => api.blockTemplates(state.person.id, state.account.appid, !blocked)));
  return button;
}

export function miniProgramScreen() {
  const { account, subscriptions, notices } = state;
  return el(
    "div",
    { class: "program", testid: "program" },
    el(
      "header",
      {},
      el("div", { class: "avatar account" }, account.name.slice(0, 1)),
      el("div", {}, el("b", {}, account.name), el("small", {}, "小程序不在这里运行，登录 code 在「小程序码」里生成。")),
    ),
    el("h3", {}, "订阅消息"),
    el("p", { class: "hint" }, "接受一次，小程序可以发来一条通知。"),
    el("ul", { class: "subscriptions", testid: "subscriptions" }, (subscriptions?.templates || []).map(subscriptionRow)),
    revokeButton(),
    el("h3", {}, "服务通知"),
    el("div", { testid: "service-notices" }, notices.length ? notices.map(noticeCard) : el("p", { class: "empty" }, "还没有通知。")),
  );
}

function subscriptionRow({ template_id: id, title, remaining }, n) {
  return el(
    "li",
    { testid: `subscription-${n}` },
    el("span", {}, title, el("small", {}, remaining ? `还可收 ${remaining} 条` : "未订阅")),
    answerButton(id, "accept", "接受", `accept-${n}`),
    answerButton(id, "reject", "拒绝", `reject-${n}`),
  );
}

function answerButton(id, answer, label, testid) {
  const button = el("button", { type: "button", testid }, label);
  button.addEventListener("click", () => change(button, () => api.answerTemplate(state.person.id, state.account.appid, id, answer)));
  return button;
}

function revokeButton() {
  const any = state.subscriptions?.templates.some((each) => each.remaining);
  const button = el("button", { type: "button", testid: "revoke-all", disabled: !any }, "取消全部订阅");
  button.addEventListener("click", () => change(button, () => api.revokeTemplates(state.person.id, state.account.appid)));
  return button;
}

function noticeCard(message) {
  return el(
    "article",
    { class: "card", testid: "service-notice" },
    el("p", { class: "spread" }, el("small", {}, message.account), el("small", {}, formatTime(message.sent_at))),
    templateCard(message),
  );
}

function change(button, work) {
  return attempt(button, async () => {
    await work();
    await refresh();
  });
}
