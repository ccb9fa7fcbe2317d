// The menu bar with up to three published buttons.

import { doAction } from "./actions.js";
import { openLocationPanel } from "./attachment_panel.js";
import { openBrowser } from "./browser.js";
import { byId, el, renderIfChanged } from "./dom.js";
import { openScanPanel } from "./menu_panel.js";
import { state } from "./state.js";

const MAX_TOP_CHARACTERS = 4;
const MAX_SUB_CHARACTERS = 8;
let openIndex = null;

export function showMenu() {
  const menu = byId("menu");
  const buttons = state.chat?.following ? state.menu : null;
  menu.hidden = !buttons;
  renderIfChanged(menu, [buttons, openIndex], () => (buttons || []).map(topButton));
}

function topButton(button, i) {
  const subs = button.sub_button || [];
  const tap = () => (subs.length ? openSubMenu(openIndex === i ? null : i) : press(button));
  const attributes = { testid: `menu-${i}`, onclick: tap, "aria-expanded": subs.length ? String(openIndex === i) : null };
  const top = el("button", attributes, (subs.length ? "≡ " : "") + truncate(button.name, MAX_TOP_CHARACTERS));
  const list = openIndex === i ? el("div", { class: "subs" }, subs.map((sub, j) => subButton(sub, i, j))) : null;
  return el("div", { class: "menu-item" }, list, top);
}

function subButton(sub, i, j) {
  return el("button", { testid: `menu-${i}-${j}`, onclick: () => press(sub) }, truncate(sub.name, MAX_SUB_CHARACTERS));
}

function press(button) {
  openSubMenu(null);
  const { type, key, url } = button;
  if (type === "click") return doAction({ action: type, key });
  if (type === "view") {
    openBrowser(url); // opened without waiting for the reply of the account
    return doAction({ action: type, url }, { open: false });
  }
  if (type.startsWith("scancode_")) return openScanPanel(button);
  if (type === "location_select") return openLocationPanel(key);
  if (type.startsWith("pic_")) return doAction({ action: type, key, pic_url: `${location.origin}/sandbox/static/photo.svg` });
  if (type === "miniprogram") return doAction({ action: type, program: button.appid, pagepath: button.pagepath });
  return doAction({ action: "material", media_id: button.media_id || button.article_id });
}

function openSubMenu(i) {
  openIndex = i;
  showMenu();
}

/** Cuts a name to a width in Chinese characters. */
function truncate(name, maxWidth) {
  let width = 0;
  for (const [index, letter] of [...name].entries()) {
    width += letter.charCodeAt(0) > 255 ? 1 : 0.5;
    if (width > maxWidth) return `${[...name].slice(0, index).join("")}…`;
  }
  return name;
}
