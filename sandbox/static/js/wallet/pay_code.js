// The pay code: bar code, QR code and digits, replaced by the sandbox each minute and after use.

import { api } from "../api.js";
import { byId, el, renderIfChanged } from "../dom.js";
import { state } from "../state.js";
import { formatEntry } from "./history.js";
import { formatYuan, PLATFORM_LABELS } from "./money.js";

export async function showPayCode(view, { platform, wallet }) {
  const person = state.person.id;
  const [code, { list }] = await Promise.all([api.payCode(person, platform), api.payments(person)]);
  const latest = list.find((entry) => entry.platform === platform);
  renderIfChanged(view, [person, platform, code.code, wallet.balance_fen, latest], () => build(code, { platform, wallet, latest }));
  view.querySelector(".countdown").textContent = `${Math.ceil(code.changes_in_s)} 秒后自动更新`;
  if (!byId("pay-code-full").hidden) showFullScreen(code);
}

export function closeFullScreen() {
  byId("pay-code-full").hidden = true;
  renderIfChanged(byId("pay-code-full"), null, () => []);
}

function build(code, { platform, wallet, latest }) {
  return [
    el(
      "section",
      { class: `pay-code ${platform}` },
      el("p", { class: "hint" }, `付款码 · ${PLATFORM_LABELS[platform]}`),
      images(code),
      el("p", { class: "countdown hint" }),
      el("button", { type: "button", testid: "pay-code-enlarge", onclick: () => showFullScreen(code) }, "放大"),
    ),
    el("p", { class: "spread wallet-row" }, "余额", el("b", { testid: "wallet-balance" }, `¥${formatYuan(wallet.balance_fen)}`)),
    latest ? el("div", { class: "wallet-row", testid: "wallet-latest" }, el("small", {}, "最近一笔"), formatEntry(latest)) : null,
  ].filter(Boolean);
}

function images(code) {
  return [
    el("img", { class: "bar-code", src: code.bar_code, alt: "条形码", testid: "pay-code-bars" }),
    el("p", { class: "digits", testid: "pay-code-digits" }, groupDigits(code.code)),
    el("img", { class: "qr-code", src: code.qr_code, alt: "二维码", testid: "pay-code-qr" }),
  ];
}

/** Fills the phone with the code, so that a camera or a scanner reads it from the screen. */
function showFullScreen(code) {
  const full = byId("pay-code-full");
  full.hidden = false;
  renderIfChanged(full, code.code, () => [
    ...images(code),
    el("button", { type: "button", testid: "pay-code-shrink", onclick: closeFullScreen }, "关闭"),
  ]);
}

/** Groups digits by four. The code stays one text without spaces when it is copied. */
function groupDigits(digits) {
  return digits.match(/.{1,4}/g).map((group) => el("span", {}, group));
}
