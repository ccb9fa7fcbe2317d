// Acts: what the person does in the chat. The bubble shows at once, the answer when it comes.

import { api } from "./api.js";
import { openBrowser } from "./browser.js";
import { toast } from "./dom.js";
import { select, state } from "./state.js";

const ECHO_MS = 150; // the bubble is there long before the account has answered
let refresh = async () => {};

export function startActions(refreshPage) {
  refresh = refreshPage;
}

/** Returns the stand-in's answer, or null after showing why not. */
export async function doAction(action, { open = true } = {}) {
  const { person, account } = state;
  if (!person || !account) return null;
  setTimeout(refresh, ECHO_MS);
  try {
    const answer = await api.doAction(person.id, account.appid, action);
    if (answer.appid !== account.appid) openChatOf(answer.appid);
    if (open && answer.open) openBrowser(answer.open);
    return answer;
  } catch (error) {
    toast(error.message);
    return null;
  } finally {
    await refresh();
  }
}

/** A scanned code may belong to another account: its chat opens then. */
function openChatOf(appid) {
  const account = state.accounts.find((each) => each.appid === appid);
  if (account) select("account", account);
}
