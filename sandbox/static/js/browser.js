// The browser of the phone. It opens pages as the selected person.

import { byId, el, isWebAddress, toast } from "./dom.js";
import { state } from "./state.js";
import { cancelPayment } from "./wallet/payment_sheet.js";

let loads = 0;
let opened = "";

/** Returns the address that was opened last. Where the page went from there is hidden from other origins. */
export const openedUrl = () => opened;

export function startBrowser() {
  byId("browser-close").addEventListener("click", closeBrowser);
  byId("browser-back").addEventListener("click", back);
  window.addEventListener("message", answerPosition);
}

export function openBrowser(url) {
  if (!isWebAddress(url)) return toast("这个网址打不开");
  loads = 0;
  opened = url;
  byId("share").hidden = true;
  const frame = el("iframe", {
    testid: "browser-frame",
    title: "网页",
    allow: "geolocation",
    // The permissions of a page in WeChat, without navigation of the top window.
    sandbox: "allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads",
    src: `/open?person=${encodeURIComponent(state.person.id)}&url=${encodeURIComponent(url)}`,
    onload: () => (loads += 1),
  });
  byId("browser-title").textContent = new URL(url).host;
  byId("browser-body").replaceChildren(frame);
  byId("browser").hidden = false;
}

/** Tells a page in the frame where the phone is. Other windows get no answer. */
function answerPosition({ data, source, origin }) {
  const frame = byId("browser-body").querySelector("iframe");
  if (!frame || source !== frame.contentWindow || data?.type !== "sandbox.position.request") return;
  source.postMessage({ type: "sandbox.position", position: state.position }, origin);
}

export function closeBrowser() {
  cancelPayment();
  byId("browser").hidden = true;
  byId("share").hidden = true;
  byId("browser-body").replaceChildren();
}

/** Goes back in the frame, or closes it on its first page. */
function back() {
  if (loads < 2) return closeBrowser();
  loads -= 2; // the previous page counts itself again
  history.back();
}
