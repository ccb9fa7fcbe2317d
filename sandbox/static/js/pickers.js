// The lists of people and of accounts.

import { api } from "./api.js";
import { closeBrowser } from "./browser.js";
import { attempt, byId, el, renderIfChanged } from "./dom.js";
import { closeAttachmentPanel } from "./attachment_panel.js";
import { select, state } from "./state.js";
import { closeWallet } from "./wallet/wallet.js";

const KIND_LABELS = { wechat_official: "公众号", wechat_miniprogram: "小程序", alipay: "支付宝生活号" };
const MODE_LABELS = { plain: "明文", compatible: "兼容", safe: "安全" };

export function showPickers(refresh) {
  const pick = (kind, value) => {
    select(kind, value);
    closeBrowser();
    if (kind === "person") closeWallet();
    closeAttachmentPanel();
    refresh();
  };
  renderIfChanged(byId("people"), [state.people, state.person?.id], () =>
    state.people.map((person) => personButton(person, pick, refresh)),
  );
  renderIfChanged(byId("accounts"), [state.accounts, state.account?.appid], () =>
    state.accounts.length
      ? state.accounts.map((account) => accountButton(account, pick))
      : el("p", { class: "empty" }, "还没有账号。商户接入公众号后会出现在这里。"),
  );
}

function personButton(person, pick, refresh) {
  const current = person.id === state.person?.id;
  const button = el(
    "button",
    { class: "choice", testid: `person-${person.id}`, "aria-pressed": String(current), onclick: () => pick("person", person) },
    el("b", {}, person.name),
    el("small", {}, person.phone),
  );
  return current ? el("div", {}, button, snapshotSwitch(person, refresh)) : button;
}

function snapshotSwitch(person, refresh) {
  const box = el("input", { type: "checkbox", testid: "snapshot" });
  box.checked = person.snapshot;
  box.addEventListener("change", () =>
    attempt(box, async () => {
      await api.setSnapshot(person.id, box.checked);
      await refresh({ lists: true });
    }),
  );
  return el("label", { class: "check" }, box, "快照页模式（网页只拿到虚拟身份）");
}

function accountButton(account, pick) {
  const kind = account.kind === "wechat_official" ? `${KIND_LABELS[account.kind]} · ${MODE_LABELS[account.mode]}模式` : KIND_LABELS[account.kind];
  return el(
    "button",
    {
      class: "choice",
      testid: `account-${account.appid}`,
      "aria-pressed": String(account.appid === state.account?.appid),
      onclick: () => pick("account", account),
    },
    el("b", {}, account.name),
    el("small", {}, kind),
  );
}
