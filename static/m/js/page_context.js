// This page: the account it was opened from, its visitor, and the addresses of the other pages.

const data = document.body.dataset;

export const account = data.account;
export const brandName = data.brand;
export const brandLogo = data.logo; // empty when the tenant has none
export const shopId = data.shop;
export const isSignedIn = data.signedIn === "yes";
export const stay = data.stay; // "guest": a snapshot of WeChat, "out": just signed out
export const sandboxUrl = data.sandbox; // the address of the played WeChat; empty in production
export const inWeChat = /MicroMessenger/i.test(navigator.userAgent);

const PAGE_PATHS = {
  home: "/m/", favourites: "/m/favourites", footprints: "/m/footprints", nearby: "/m/nearby", promotions: "/m/promotions", newest: "/m/newest", me: "/m/me", tier: "/m/tier", points: "/m/points",
  coupons: "/m/coupons", wallet: "/m/wallet", orders: "/m/orders", cart: "/m/cart", addresses: "/m/addresses", appointments: "/m/appointments", reservations: "/m/reservations", "queue-tickets": "/m/queue-tickets",
  "red-packets": "/m/red-packets", messages: "/m/messages", "message-settings": "/m/message-settings", profile: "/m/profile", closing: "/m/closing", erasure: "/m/erasure", terms: "/m/terms", privacy: "/m/privacy",
  prizes: "/m/prizes", "flash-sales": "/m/flash-sales", card: "/m/card", "physical-card": "/m/physical-card",
};

export function pageUrl(name) {
  return `${PAGE_PATHS[name]}?a=${encodeURIComponent(account)}`;
}

export function shopUrl(id) {
  return `/m/stores/${encodeURIComponent(id)}?a=${encodeURIComponent(account)}`;
}

export function activityUrl(id, shareCode = "") {
  return `/m/activities/${encodeURIComponent(id)}${shareCode && `/${shareCode}`}?a=${encodeURIComponent(account)}`;
}

export function flashSaleUrl(id, store = "") {
  return `/m/flash-sales/${encodeURIComponent(id)}?a=${encodeURIComponent(account)}${store && `&store=${encodeURIComponent(store)}`}`;
}

/** The address of a page of ours by its path; of my own page if the path leads elsewhere. */
export function pathUrl(path) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin || !url.pathname.startsWith("/m/")) return pageUrl("me");
  url.searchParams.set("a", account);
  return url.pathname + url.search + url.hash;
}

export const canSignIn = inWeChat || Boolean(sandboxUrl);

/** Leaves for WeChat's sign-in and comes back to this page, or to `to`. */
export function signIn(to = location.pathname) {
  if (!canSignIn) return window.vant.showToast("请在微信中打开本页");
  const query = new URLSearchParams({ a: account, to });
  location.assign(`/m/oauth/start?${query}`);
}

export function mountPage(component) {
  window.Vue.createApp(component).mount("#app");
}
