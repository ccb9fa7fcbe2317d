// Scanning a QR code of a merchant: the code is pasted, or chosen from those that the merchants show.

import { api } from "../api.js";
import { attempt, el, renderIfChanged } from "../dom.js";
import { formatYuan, PLATFORM_LABELS } from "./money.js";
import { askForPayment } from "./payment_sheet.js";

export async function showScan(view) {
  if (!view.querySelector("form")) view.replaceChildren(form(), el("div", { class: "open-codes" }));
  const { list } = await api.merchantCodes();
  renderIfChanged(view.querySelector(".open-codes"), list, () => [
    el("h3", {}, "商家正在展示的收款码"),
    ...(list.length ? list.map(codeButton) : [el("p", { class: "empty" }, "现在没有。收银台出示收款码后会出现在这里。")]),
  ]);
}

function form() {
  const input = el("textarea", { rows: "3", testid: "merchant-code", "aria-label": "收款码内容", placeholder: "粘贴收款码内容：code_url、qr_code、prepay_id 或 trade_no" });
  const button = el("button", { testid: "payment-scan" }, "扫码");
  const element = el("form", { class: "scan-form" }, input, button);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    attempt(button, async () => {
      const result = await askForPayment(input.value);
      if (result === "ok") input.value = "";
    });
  });
  return element;
}

function codeButton(code, n) {
  const button = el(
    "button",
    { type: "button", class: "choice", testid: `open-code-${n}` },
    el("b", {}, `¥${formatYuan(code.amount_fen)} · ${code.merchant_name}`),
    el("small", {}, `${PLATFORM_LABELS[code.platform]} · ${code.description}`),
  );
  button.addEventListener("click", () => attempt(button, () => askForPayment(code.token)));
  return button;
}
