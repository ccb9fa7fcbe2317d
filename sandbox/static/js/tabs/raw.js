// Raw messages: what went to the account's server and what it answered, word for word.

import { act } from "../act.js";
import { api } from "../api.js";
import { attempt, el, show, timeOf, toast } from "../dom.js";
import { isOfficial, state } from "../state.js";

const OUTCOMES = {
  waiting: "等待答复",
  silent: "没有回复",
  replied: "已回复",
  out_of_order: "故障",
  no_callback: "没有服务器地址",
};
const CAUSES = { message: "发消息", click: "点菜单", follow: "关注", scan: "扫码" };

export async function showRaw(tab) {
  if (!isOfficial()) return show(tab, null, () => el("p", { class: "empty" }, "选一个公众号，这里显示它收发的报文。"));
  if (!tab.querySelector(".raw-top") || tab.dataset.appid !== state.account.appid) build(tab);
  const pushes = (state.chat?.messages || []).filter((line) => line.push).reverse();
  show(tab.querySelector(".quotas"), state.chat?.quotas, () => quotas(state.chat?.quotas || {}));
  show(tab.querySelector(".raw-list"), [state.person.id, pushes], () =>
    pushes.length ? pushes.map(card) : el("p", { class: "empty" }, "还没有报文。做点什么，就会出现在这里。"),
  );
}

function build(tab) {
  tab.dataset.appid = state.account.appid;
  tab.seen = undefined;
  const verify = el("button", { type: "button", testid: "verify" }, "验证服务器地址");
  verify.addEventListener("click", () => attempt(verify, verifyCallback));
  const address = el("code", {}, state.account.callback || "未填写");
  tab.replaceChildren(
    el("div", { class: "raw-top" }, el("p", {}, "服务器地址 ", address), verify),
    el("p", { class: "quotas hint" }),
    rawForm(),
    el("div", { class: "raw-list" }),
  );
}

async function verifyCallback() {
  const answer = await api.verify(state.account.appid);
  toast(answer.passed ? "验证通过" : `验证没通过：${answer.error || `HTTP ${answer.status}，答复不是原样的 echostr`}`);
}

function quotas(left) {
  const parts = Object.entries(left).map(([cause, each]) => `${CAUSES[cause]}：还可主动发 ${each.left} 条，剩 ${each.seconds} 秒`);
  return parts.length ? parts.join("；") : "现在不能主动发消息给这位顾客。";
}

function rawForm() {
  const box = el("textarea", { rows: 6, testid: "raw-input", "aria-label": "报文", spellcheck: "false" });
  const fill = el("button", { type: "button", testid: "raw-example" }, "填入示例");
  fill.addEventListener("click", () => (box.value = example()));
  const send = el("button", { type: "button", testid: "raw-send" }, "签名并推送");
  send.addEventListener("click", () => box.value.trim() && attempt(send, () => act({ do: "raw", xml: box.value })));
  return el("details", {}, el("summary", {}, "自己写一个报文"), box, el("div", { class: "row" }, fill, send));
}

function example() {
  const fields = [
    ["ToUserName", state.account.original_id],
    ["FromUserName", state.chat.openid],
    ["CreateTime", Math.floor(Date.now() / 1000)],
    ["MsgType", "text"],
    ["Content", "你好"],
    ["MsgId", `${Date.now()}001`],
  ];
  return `<xml>\n${fields.map(([name, value]) => `  <${name}>${value}</${name}>`).join("\n")}\n</xml>`;
}

function card({ at, kind, content, push }) {
  const took = push.attempts.reduce((sum, each) => sum + each.ms, 0);
  const title = `${timeOf(at)} ${content.Event || kind} · ${OUTCOMES[push.outcome]} · ${push.attempts.length} 次 · ${took} ms`;
  return el(
    "details",
    { class: `card ${push.outcome}`, testid: "raw-push" },
    el("summary", {}, title),
    push.reason ? el("p", { class: "problem" }, push.reason) : null,
    el("small", {}, "报文"),
    el("pre", {}, push.xml),
    push.attempts.map(attemptPart),
    push.reply ? [el("small", {}, "读出的回复"), el("pre", {}, JSON.stringify(push.reply, null, 1))] : null,
  );
}

function attemptPart(each, n) {
  return el(
    "div",
    {},
    el("small", {}, `第 ${n + 1} 次 · ${each.status ?? "—"} · ${each.ms} ms ${each.error}`),
    el("pre", {}, each.url),
    each.sent ? el("pre", {}, each.sent) : null,
    el("pre", { class: "reply" }, each.reply || "（空）"),
  );
}
