// The phone page. It polls the sandbox every second.

import { doAction, startActions } from "./actions.js";
import { api } from "./api.js";
import { openBrowser, startBrowser } from "./browser.js";
import { showPickers } from "./pickers.js";
import { attempt, byId, toast, unescapeText } from "./dom.js";
import { showMenu } from "./menu_bar.js";
import { startAttachmentPanel } from "./attachment_panel.js";
import { showScreen, startScreen } from "./screen.js";
import { showReceivedLinks, startShare } from "./share.js";
import { restoreSelection, isOfficial, state } from "./state.js";
import { refreshTabs, startTabs } from "./tabs.js";
import { startPageCards } from "./wallet/page_cards.js";
import { startPagePayments } from "./wallet/page_payments.js";
import { refreshSubscriptions, startTemplateMessages } from "./template_messages.js";
import { startWallet } from "./wallet/wallet.js";

const TICK_MS = 1000;
let ticks = 0;
let errorShown = false;

async function refreshLists() {
  const [people, accounts] = await Promise.all([api.people(), api.accounts()]);
  state.people = people.people;
  state.accounts = accounts.accounts;
  restoreSelection("person", state.people, "id");
  restoreSelection("account", state.accounts, "appid");
  byId("problem").textContent = accounts.load_error || "";
  byId("problem").hidden = !accounts.load_error;
}

async function refreshChat() {
  const { person, account } = state;
  if (!person || !account) return;
  if (!isOfficial()) return refreshSubscriptions();
  const chat = await api.chat(person.id, account.appid, state.chat?.version ?? "");
  const menu = await api.menu(account.appid);
  // The user may have selected another person or account during the request.
  if (state.person?.id !== person.id || state.account?.appid !== account.appid) return;
  state.chat = { ...chat, messages: chat.messages ?? state.chat?.messages ?? [] };
  state.menu = menu.button;
}

export async function refresh({ lists = false } = {}) {
  try {
    if (lists) await refreshLists();
    await refreshChat();
    await showReceivedLinks();
    await refreshTabs();
    errorShown = false;
  } catch (error) {
    if (!errorShown) toast(error.message);
    errorShown = true; // shown once, otherwise every poll would show it
  }
  showAll();
}

function showAll() {
  showPickers(refresh);
  showScreen();
  showMenu();
}

byId("input-row").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = byId("text-input");
  const content = input.value;
  if (!content.trim()) return;
  input.value = "";
  doAction({ action: "text", content: unescapeText(content) });
});
byId("h5-home").addEventListener("click", () => openBrowser(state.account.h5_home));
byId("add-person").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  attempt(form.querySelector("button"), async () => {
    await api.addPerson(form.name.value);
    form.reset();
    await refresh({ lists: true });
  });
});

startActions(refresh);
startScreen();
startBrowser();
startShare();
startAttachmentPanel();
startTabs(refresh);
startTemplateMessages(refresh);
startPagePayments();
startPageCards();
startWallet();
await refresh({ lists: true });
(async function tick() {
  await new Promise((resume) => setTimeout(resume, TICK_MS));
  ticks += 1;
  if (!document.hidden) await refresh({ lists: ticks % 4 === 0 });
  tick();
})();
