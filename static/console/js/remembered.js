// Merchant and login of the last sign-in, which the next one fills in.

const KEY = "xiaoer-console-sign-in";

export function readRemembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function remember({ tenant, login }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ tenant: tenant.trim(), login: login.trim() }));
  } catch {
    // They are then typed again the next time.
  }
}
