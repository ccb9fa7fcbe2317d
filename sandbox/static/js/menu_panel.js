// The panel of a menu button that asks the person what was scanned.

import { doAction } from "./actions.js";
import { api } from "./api.js";
import { attempt, byId, el } from "./dom.js";
import { closeAttachmentPanel } from "./attachment_panel.js";
import { scrollToEnd } from "./screen.js";
import { state } from "./state.js";

export function openScanPanel(button) {
  const send = (result) => run({ action: button.type, key: button.key, result });
  const list = el("div", { class: "scan-list" });
  attempt(null, async () => {
    const { codes } = await api.qrCodes(state.account.appid);
    list.replaceChildren(...codes.map((code, n) =>
      el("button", { type: "button", class: "code", testid: `menu-scan-${n}`, onclick: () => send(code.url) }, `场景 ${code.scene}`),
    ));
  });
  const input = el("input", { testid: "menu-scan-input", placeholder: "码里的内容", "aria-label": "码里的内容" });
  const form = el("form", { class: "row" }, input, el("button", { testid: "menu-scan-send" }, "扫"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) send(input.value.trim());
  });
  open(button, list, form);
}

function open(button, ...content) {
  const cancel = el("button", { type: "button", testid: "menu-cancel", onclick: closeAttachmentPanel }, "取消");
  byId("panel").replaceChildren(el("fieldset", { testid: "menu-panel" }, el("legend", {}, button.name), content), el("div", { class: "row" }, cancel));
  byId("panel").hidden = false;
  byId("plus").setAttribute("aria-expanded", "true");
  scrollToEnd();
}

function run(action) {
  closeAttachmentPanel();
  return doAction(action);
}
