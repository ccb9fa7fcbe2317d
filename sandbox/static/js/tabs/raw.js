// Raw messages: the requests to the webhook and its responses.

import { doAction } from "../actions.js";
import { api } from "../api.js";
import { attempt, el, renderIfChanged, formatTime, toast } from "../dom.js";
import { isOfficial, state } from "../state.js";

const OUTCOME_LABELS = {
  waiting: "等待答复",
  silent: "没有回复",
  replied: "已回复",
  service_unavailable: "故障",
  no_callback: "没有服务器地址",
};
const CAUSE_LABELS = { message: "发消息", click: "点菜单", follow: "关注", scan: "扫码", alipay: "互动" };

export async function showRaw(tab) {
  if (!isOfficial()) return renderIfChanged(tab, null, () => el("p", { class: "empty" }, "选一个公众号，这里显示它收发的报文。"));
  if (!tab.querySelector(".raw-top") || tab.dataset.appid !== state.account.appid) build(tab);
  const pushes = (state.chat?.messages || []).filter((line) => line.push).reverse();
  renderIfChanged(tab.querySelector(".quotas"), state.chat?.quotas, () => describeQuotas(state.chat?.quotas || {}));
  renderIfChanged(tab.querySelector(".raw-list"), [state.person.id, pushes], () =>
    pushes.length ? pushes.map(pushCard) : el("p", { class: "empty" }, "还没有报文。做点什么，就会出现在这里。"),
  );
}

function build(tab) {
  tab.dataset.appid = state.account.appid;
  tab.renderedData = undefined;
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
  const result = await api.verify(state.account.appid);
  toast(result.passed ? "验证通过" : `验证没通过：${result.error || `HTTP ${result.status}，答复不对`}`);
}

function describeQuotas(quotas) {
  const parts = Object.entries(quotas).map(([cause, quota]) => `${CAUSE_LABELS[cause]}：还可主动发 ${quota.remaining} 条，剩 ${quota.seconds} 秒`);
  return parts.length ? parts.join("；") : "现在不能主动发消息给这位顾客。";
}

function rawForm() {
  const box = el("textarea", { rows: 6, testid: "raw-input", "aria-label": "报文", spellcheck: "false" });
  const fill = el("button", { type: "button", testid: "raw-example" }, "填入示例");
  fill.addEventListener("click", () => (box.value = exampleXml()));
  const send = el("button", { type: "button", testid: "raw-send" }, "签名并推送");
  send.addEventListener("click", () => box.value.trim() && attempt(send, () => doAction({ action: "raw", xml: box.value })));
  return el("details", {}, el("summary", {}, "自己写一个报文"), box, el("div", { class: "row" }, fill, send));
}

function exampleXml() {
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

function pushCard({ sent_at: sentAt, kind, content, push }) {
  const totalMs = push.attempts.reduce((sum, each) => sum + each.duration_ms, 0);
  const title = `${formatTime(sentAt)} ${content.Event || kind} · ${OUTCOME_LABELS[push.outcome]} · ${push.attempts.length} 次 · ${totalMs} ms`;
  return el(
    "details",
    { class: `card ${push.outcome}`, testid: "raw-push" },
    el("summary", {}, title),
    push.reason ? el("p", { class: "problem" }, push.reason) : null,
    el("small", {}, "报文"),
    el("pre", {}, push.xml),
    push.attempts.map(attemptView),
    push.reply ? [el("small", {}, "读出的回复"), el("pre", {}, JSON.stringify(push.reply, null, 1))] : null,
  );
}

function attemptView(pushAttempt, n) {
  return el(
    "div",
    {},
    el("small", {}, `第 ${n + 1} 次 · ${pushAttempt.status ?? "—"} · ${pushAttempt.duration_ms} ms ${pushAttempt.error}`),
    el("pre", {}, pushAttempt.url),
    pushAttempt.request_body ? el("pre", {}, pushAttempt.request_body) : null,
    el("pre", { class: "reply" }, pushAttempt.response_body || "（空）"),
  );
}
