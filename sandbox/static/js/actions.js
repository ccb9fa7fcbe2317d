// User actions in the chat. The own message is shown at once, the reply when it arrives.

import { api } from "./api.js";
import { openBrowser } from "./browser.js";
import { toast } from "./dom.js";
import { select, state } from "./state.js";

const ECHO_MS = 150; // the own message is shown before the account replies
let refresh = async () => {};

export function startActions(refreshPage) {
  refresh = refreshPage;
}

/** Returns the response of the sandbox, or null after showing the error. */
export async function doAction(action, { open = true } = {}) {
  const { person, account } = state;
  if (!person || !account) return null;
  setTimeout(refresh, ECHO_MS);
  try {
    const response = await api.doAction(person.id, account.appid, action);
    if (response.appid !== account.appid) openChat(response.appid);
    if (open && response.open) openBrowser(response.open);
    return response;
  } catch (error) {
    toast(error.message);
    return null;
  } finally {
    await refresh();
  }
}

/** Opens the chat of the account of a scanned code. */
function openChat(appid) {
  const account = state.accounts.find((candidate) => candidate.appid === appid);
  if (account) select("account", account);
}
