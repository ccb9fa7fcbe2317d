// The screen of the phone: a chat, the profile of an account that is not followed, or a mini-program.

import { doAction } from "./actions.js";
import { messageBubble } from "./messages.js";
import { attempt, byId, el, renderIfChanged, formatTime } from "./dom.js";
import { isAlipay, isOfficial, state } from "./state.js";
import { miniProgramScreen } from "./template_messages.js";

const TIMESTAMP_GAP_S = 300;

export function startScreen() {
  // An image has its height only after loading. "load" does not bubble, so it is captured.
  byId("screen").addEventListener("load", scrollToEnd, true);
}

export function scrollToEnd() {
  byId("screen").scrollTop = byId("screen").scrollHeight;
}

export function showScreen() {
  const following = Boolean(state.chat?.following);
  byId("foot").hidden = !isOfficial();
  byId("text-input").hidden = !following;
  document.querySelector("[data-testid=send]").hidden = !following;
  byId("h5-home").hidden = !state.account?.h5_home;
  byId("head-name").textContent = state.chat?.typing ? "对方正在输入…" : state.account?.name || "沙箱手机";
  const shown = [state.person?.id, state.account, state.chat?.version, following, state.subscriptions, state.notices];
  const changed = renderIfChanged(byId("screen"), shown, content);
  if (changed && isOfficial()) scrollToEnd();
}

function content() {
  if (!state.account) return el("p", { class: "empty" }, "还没有账号，先在商户后台接入一个公众号。");
  if (!isOfficial()) return miniProgramScreen();
  if (!state.chat) return el("p", { class: "empty" }, "正在打开…");
  return state.chat.following ? chat() : profile();
}

function chat() {
  const lines = state.chat.messages.filter((line) => line.kind !== "event" && line.kind !== "raw");
  let previousAt = 0;
  const bubbles = lines.flatMap((line) => {
    const stamp = line.sent_at - previousAt > TIMESTAMP_GAP_S ? [el("time", {}, formatTime(line.sent_at))] : [];
    previousAt = line.sent_at;
    return [...stamp, messageBubble(line, { person: state.person, account: state.account })];
  });
  const empty = el("p", { class: "empty" }, "还没有消息，打个招呼吧。");
  return el("div", { class: "chat", testid: "chat", "aria-live": "polite" }, bubbles.length ? bubbles : empty);
}

function profile() {
  const button = el("button", { class: "follow-button", testid: "follow" }, isAlipay() ? "关注生活号" : "关注公众号");
  button.addEventListener("click", () => attempt(button, () => doAction({ action: "follow" })));
  return el(
    "div",
    { class: "profile", testid: "profile" },
    el("div", { class: "avatar big account" }, state.account.name.slice(0, 1)),
    el("h3", {}, state.account.name),
    el("p", {}, isAlipay() ? `支付宝生活号：${state.account.appid}` : `微信号：${state.account.original_id}`),
    el("p", {}, isAlipay() ? "关注后可以聊天、点菜单。" : "关注后可以聊天、点菜单。也可以点右下角 ＋ 扫带场景的二维码。"),
    button,
  );
}
