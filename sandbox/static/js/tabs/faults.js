// Faults of the platform routes and of pushes, the clock, and access tokens.

import { api } from "../api.js";
import { attempt, el, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";
import { describeFault, paymentFaultSwitches, showPaymentFaults } from "./payment_faults.js";

const PATH_LABELS = {
  "*": "所有接口",
  "/cgi-bin/stable_token": "取 access_token",
  "/cgi-bin/menu/create": "发布菜单",
  "/cgi-bin/message/custom/send": "客服消息",
  "/cgi-bin/message/template/send": "模板消息",
  "/cgi-bin/message/subscribe/send": "订阅消息",
  "/cgi-bin/qrcode/create": "创建二维码",
  "/cgi-bin/user/info": "用户信息",
  "/sns/jscode2session": "小程序登录",
  "/wxa/business/getuserphonenumber": "取手机号",
  "/sns/oauth2/access_token": "网页授权",
  "/sms/messages": "发短信",
  push: "推送给商户",
  mail: "收邮件",
  payment: "支付平台",
  notice: "支付通知",
};
const PLATFORM_FAULT_LABELS = { timeout: "不答复", slow: "很慢", http_500: "HTTP 500", garbage: "乱码", errcode: "错误码", late_answer: "已执行，答复丢失" };
const PUSH_FAULT_LABELS = { duplicate: "送两遍", parallel: "同时送两份", reorder: "晚于下一条到达", drop_reply: "回复丢失" };
const MAIL_FAULT_LABELS = {
  reject_recipient: "拒收（550）",
  defer_recipient: "暂时拒收（450）",
  disconnect: "正文后断开，没收下",
  lost_answer: "收下了但答复丢失",
  slow: "很慢",
};
const SWITCHED = ["payment", "notice"]; // these have switches instead of the form
const CLOCK_STEPS = [["1 分钟", 60], ["1 小时", 3600], ["1 天", 86400], ["48 小时", 172800], ["30 天", 2592000]];

export async function showFaults(tab) {
  if (!tab.querySelector("form")) build(tab);
  const [{ faults }, clock, tokens] = await Promise.all([api.faults(), api.clock(), api.tokens()]);
  showPaymentFaults(tab, faults);
  renderIfChanged(tab.querySelector(".fault-list"), faults, () =>
    faults.length ? faults.map((fault) => faultCard(fault, tab)) : el("p", { class: "empty" }, "一切正常，没有设置故障。"),
  );
  renderIfChanged(tab.querySelector(".clock"), Math.round(clock.offset_s), () =>
    clock.offset_s ? `沙箱和小二的时间快进到了 ${formatMoment(clock.now)}。` : "沙箱和小二的时间和现在一样。",
  );
  renderIfChanged(tab.querySelector(".tokens"), [tokens, state.account?.appid], () => describeTokens(tokens));
}

function build(tab) {
  tab.replaceChildren(
    el("h3", {}, "支付"),
    paymentFaultSwitches((button, work) => applyChange(button, tab, work)),
    el("h3", {}, "接口和推送"),
    faultForm(tab),
    el("div", { class: "fault-list" }),
    el("h3", {}, "时间"),
    el("p", { class: "clock hint" }),
    el("div", { class: "row" }, CLOCK_STEPS.map(([name, seconds]) => clockStepButton(name, seconds, tab))),
    el("h3", {}, "access_token"),
    el("p", { class: "tokens hint" }),
    revokeButton(tab),
  );
}

function faultForm(tab) {
  const options = (names) => Object.entries(names).map(([value, name]) => el("option", { value }, name));
  const choices = Object.fromEntries(Object.entries(PATH_LABELS).filter(([name]) => !SWITCHED.includes(name)));
  const path = el("select", { testid: "fault-path", "aria-label": "哪里" }, options(choices));
  const kind = el("select", { testid: "fault-kind", "aria-label": "什么故障" }, options(PLATFORM_FAULT_LABELS));
  const errcode = el("input", { type: "number", value: "45009", "aria-label": "错误码", title: "错误码", testid: "fault-errcode", hidden: true });
  const times = el("input", { type: "number", min: "1", placeholder: "次数（空＝一直）", "aria-label": "次数", testid: "fault-times" });
  const toggleErrcode = () => (errcode.hidden = kind.value !== "errcode");
  path.addEventListener("change", () => {
    kind.replaceChildren(...options(kindLabels(path.value)));
    toggleErrcode();
  });
  kind.addEventListener("change", toggleErrcode);
  const add = el("button", { testid: "fault-add" }, "打开");
  const form = el("form", { class: "row" }, path, kind, errcode, times, add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fault = { path: path.value, kind: kind.value, times: times.value ? Number(times.value) : null };
    if (kind.value === "errcode") fault.errcode = Number(errcode.value);
    applyChange(add, tab, () => api.putFault(fault));
  });
  return form;
}

function faultCard(fault, tab) {
  const label = labelOf(fault) + (fault.kind === "errcode" ? ` ${fault.errcode}` : "");
  const remove = el("button", { type: "button", testid: "fault-remove" }, "关掉");
  remove.addEventListener("click", () => applyChange(remove, tab, () => api.removeFault(fault.id)));
  const remaining = fault.times ? `，还剩 ${fault.times} 次` : "，一直";
  return el("div", { class: "card spread" }, el("span", {}, `${PATH_LABELS[fault.path] || fault.path}：${label}${remaining}`), remove);
}

function labelOf(fault) {
  return describeFault(fault) || kindLabels(fault.path)[fault.kind] || fault.kind;
}

function kindLabels(path) {
  return { push: PUSH_FAULT_LABELS, mail: MAIL_FAULT_LABELS }[path] || PLATFORM_FAULT_LABELS;
}

function clockStepButton(name, seconds, tab) {
  const button = el("button", { type: "button", testid: `advance-${seconds}` }, `快进 ${name}`);
  button.addEventListener("click", () => applyChange(button, tab, () => api.advance(seconds)));
  return button;
}

function formatMoment(seconds) {
  return new Date(seconds * 1000).toLocaleString("zh-CN", { dateStyle: "long", timeStyle: "short" });
}

function describeTokens({ requested, issued }) {
  const appid = state.account?.appid;
  return `${state.account?.name || "这个账号"}：要过 ${requested[appid] || 0} 次，发出 ${issued[appid] || 0} 个。`;
}

function revokeButton(tab) {
  const button = el("button", { type: "button" }, "让现有的全部失效");
  button.addEventListener("click", () => {
    if (!state.account) return toast("先选一个账号");
    applyChange(button, tab, () => api.revokeTokens(state.account.appid));
  });
  return button;
}

function applyChange(button, tab, work) {
  attempt(button, async () => {
    await work();
    await showFaults(tab);
  });
}
