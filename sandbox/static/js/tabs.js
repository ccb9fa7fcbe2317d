// Tabs: text messages, raw messages, faults and mini-program codes, beside the phone.

import { byId } from "./dom.js";
import { showCodes } from "./tabs/codes.js";
import { showFaults } from "./tabs/faults.js";
import { showRaw } from "./tabs/raw.js";
import { showSms } from "./tabs/sms.js";

const TABS = { sms: showSms, raw: showRaw, faults: showFaults, codes: showCodes };
let current = "sms";

export function startTabs(refresh) {
  for (const button of document.querySelectorAll("[data-tab]")) {
    button.addEventListener("click", () => {
      current = button.dataset.tab;
      mark();
      refresh();
    });
  }
  mark();
}

export async function refreshTabs() {
  await TABS[current](byId(`tab-${current}`));
}

function mark() {
  for (const button of document.querySelectorAll("[data-tab]")) {
    const chosen = button.dataset.tab === current;
    button.setAttribute("aria-selected", String(chosen));
    byId(`tab-${button.dataset.tab}`).hidden = !chosen;
  }
}
