// The state of the page: the selected person and account, and their last data.

import { PLACES, toWgs84 } from "./places.js";

export const state = {
  people: [],
  accounts: [],
  person: null,
  account: null,
  chat: null, // the last response with messages
  menu: null,
  notices: [], // subscribe messages of the person, from all mini-programs
  subscriptions: null, // of the person at the selected mini-program
  position: toWgs84(PLACES[0]), // of the phone, in WGS-84; the last one chosen or typed in the ＋ panel
};

const urlParameters = new URLSearchParams(location.search);

export function restoreSelection(kind, list, key) {
  const selected = state[kind]?.[key] ?? urlParameters.get(kind);
  state[kind] = list.find((item) => item[key] === selected) ?? list[0] ?? null;
}

export function select(kind, value) {
  state[kind] = value;
  state.chat = null;
  state.menu = null;
  state.notices = [];
  state.subscriptions = null;
  const query = new URLSearchParams();
  if (state.person) query.set("person", state.person.id);
  if (state.account) query.set("account", state.account.appid);
  history.replaceState(null, "", `?${query}`);
}

export const isAlipay = () => state.account?.kind === "alipay";
/** Whether the account has a chat. */
export const isOfficial = () => state.account?.kind === "wechat_official" || isAlipay();
