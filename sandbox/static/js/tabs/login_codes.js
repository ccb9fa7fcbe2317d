// Codes of wx.login and of the phone number button of mini-programs.

import { api } from "../api.js";
import { attempt, el, renderIfChanged, toast } from "../dom.js";
import { state } from "../state.js";

const KIND_LABELS = { login: "登录 code", phone: "手机号 code" };

export async function showLoginCodes(tab) {
  const programs = state.accounts.filter((account) => account.kind === "wechat_miniprogram");
  renderIfChanged(tab, [programs, state.person?.id], () =>
    programs.length ? programs.map(programCard) : el("p", { class: "empty" }, "还没有小程序。接入后可以在这里生成 code。"),
  );
}

function programCard(account) {
  const codes = el("div", {});
  const buttons = Object.keys(KIND_LABELS).map((kind) => {
    const button = el("button", { type: "button", testid: `${kind}-code-${account.appid}` }, `生成${KIND_LABELS[kind]}`);
    button.addEventListener("click", () =>
      attempt(button, async () => {
        const { code } = await api.miniCode(state.person.id, kind, account.appid);
        codes.prepend(codeRow(kind, code));
      }),
    );
    return button;
  });
  return el(
    "article",
    { class: "card" },
    el("b", {}, account.name),
    el("p", { class: "hint" }, `以 ${state.person.name} 的身份，每个 code 用一次，5 分钟内有效。`),
    el("div", { class: "row" }, buttons),
    codes,
  );
}

function codeRow(kind, code) {
  const copy = el("button", { type: "button" }, "复制");
  copy.addEventListener("click", () =>
    attempt(copy, async () => {
      await navigator.clipboard.writeText(code);
      toast("已复制");
    }),
  );
  return el("p", { class: "spread" }, el("span", {}, `${KIND_LABELS[kind]} `, el("code", { testid: `${kind}-code` }, code)), copy);
}
