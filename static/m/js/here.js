// This page: the account it was opened from, who looks at it, and the addresses of its neighbours.

const told = document.body.dataset;

export const account = told.account;
export const company = told.brand;
export const shopId = told.shop;
export const signedIn = told.signedIn === "yes";
export const stay = told.stay; // "guest": a snapshot of WeChat, "out": just signed out
export const sandbox = told.sandbox; // the address of the played WeChat; empty in production
export const inWeChat = /MicroMessenger/i.test(navigator.userAgent);

const ADDRESSES = {
  nearby: "/m/nearby", me: "/m/me", tier: "/m/tier", points: "/m/points", coupons: "/m/coupons", wallet: "/m/wallet",
};

export function address(name) {
  return `${ADDRESSES[name]}?a=${encodeURIComponent(account)}`;
}

export function storeAddress(id) {
  return `/m/stores/${encodeURIComponent(id)}?a=${encodeURIComponent(account)}`;
}

export const canSignIn = inWeChat || Boolean(sandbox);

/** Leaves for WeChat's sign-in and comes back to this page, or to `to`. */
export function signIn(to = location.pathname) {
  if (!canSignIn) return window.vant.showToast("请在微信中打开本页");
  const query = new URLSearchParams({ a: account, to });
  location.assign(`/m/oauth/start?${query}`);
}

export function show(component) {
  window.Vue.createApp(component).mount("#app");
}
