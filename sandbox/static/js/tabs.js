// The tabs: SMS messages, e-mails, raw messages, faults and mini-program codes.

import { byId } from "./dom.js";
import { showLoginCodes } from "./tabs/login_codes.js";
import { showFaults } from "./tabs/faults.js";
import { showMails } from "./tabs/mails.js";
import { showRaw } from "./tabs/raw.js";
import { showSms } from "./tabs/sms.js";

const TABS = { sms: showSms, mails: showMails, raw: showRaw, faults: showFaults, codes: showLoginCodes };
let current = "sms";

export function startTabs(refresh) {
  for (const button of document.querySelectorAll("[data-tab]")) {
    button.addEventListener("click", () => {
      current = button.dataset.tab;
      markCurrentTab();
      refresh();
    });
  }
  markCurrentTab();
}

export async function refreshTabs() {
  await TABS[current](byId(`tab-${current}`));
}

function markCurrentTab() {
  for (const button of document.querySelectorAll("[data-tab]")) {
    const isCurrent = button.dataset.tab === current;
    button.setAttribute("aria-selected", String(isCurrent));
    byId(`tab-${button.dataset.tab}`).hidden = !isCurrent;
  }
}
