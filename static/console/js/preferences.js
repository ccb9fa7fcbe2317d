// What a person prefers on this device, kept per account.

import { session } from "./session.js";

const keyOf = (name) => `xiaoer-console:${session.me?.tenant.slug ?? ""}:${session.me?.login ?? ""}:${name}`;

export function readPreference(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name))) ?? otherwise;
  } catch {
    return otherwise; // private windows have no storage
  }
}

export function savePreference(name, value) {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // It then holds for this visit only.
  }
}
