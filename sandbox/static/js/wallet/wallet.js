// The wallet of the person: pay code, scan, payments and settings. It polls more often than the rest of the page.

import { api } from "../api.js";
import { byId } from "../dom.js";
import { state } from "../state.js";
import { showHistory } from "./history.js";
import { closeFullScreen, showPayCode } from "./pay_code.js";
import { showPrompt } from "./payment_sheet.js";
import { showPayouts } from "./payouts.js";
import { showScan } from "./scan.js";
import { showSettings } from "./settings.js";

const POLL_MS = 500; // a prompt appears within a second
const VIEWS = { code: showPayCode, scan: showScan, history: showHistory, payouts: showPayouts, settings: showSettings };
let platform = "wechat_pay";
let view = "code";

export function startWallet() {
  byId("wallet-open").addEventListener("click", openWallet);
  byId("wallet-close").addEventListener("click", closeWallet);
  for (const button of document.querySelectorAll("[data-wallet-view]"))
    button.addEventListener("click", () => change(() => (view = button.dataset.walletView)));
  for (const button of document.querySelectorAll("[data-wallet-platform]"))
    button.addEventListener("click", () => change(() => (platform = button.dataset.walletPlatform)));
  poll();
}

export function closeWallet() {
  byId("wallet").hidden = true;
  closeFullScreen();
}

function openWallet() {
  byId("wallet").hidden = false;
  change(() => (view = "code"));
}

function change(apply) {
  apply();
  markCurrent();
  refreshWallet();
}

function markCurrent() {
  for (const button of document.querySelectorAll("[data-wallet-view]"))
    button.setAttribute("aria-pressed", String(button.dataset.walletView === view));
  for (const button of document.querySelectorAll("[data-wallet-platform]"))
    button.setAttribute("aria-pressed", String(button.dataset.walletPlatform === platform));
  for (const name of Object.keys(VIEWS)) byId(`wallet-${name}`).hidden = name !== view;
  byId("wallet-platforms").hidden = view !== "code";
}

async function poll() {
  if (!document.hidden) await refreshWallet();
  setTimeout(poll, POLL_MS);
}

async function refreshWallet() {
  if (!state.person) return;
  const person = state.person.id;
  try {
    const wallet = await api.wallet(person);
    if (state.person.id !== person) return; // another person was selected during the request
    showPrompt(wallet.prompts);
    if (!byId("wallet").hidden) await VIEWS[view](byId(`wallet-${view}`), { platform, wallet });
  } catch {
    // The poll of the page reports that the sandbox does not answer.
  }
}
