// Writes that are not answered yet. Each keeps its key, so that a repeat is never a second write.

import { ApiError, send } from "./api.js";
import * as device from "./device.js";
import { state } from "./state.js";

const { ref } = window.Vue;

const REPEAT_WITHIN_MS = 60_000; // later the cashier decides: a customer may have left
const SECRETS = ["phone", "auth_code", "payment_code", "sms_code", "manager_pin"]; // never stored on the device

const inFlight = new Set(); // keys whose request runs now
export const unanswered = ref(device.read("outbox", []));

function save(list) {
  unanswered.value = list;
  device.write("outbox", list.length ? list : null);
}

const reread = () => (unanswered.value = device.read("outbox", [])); // another tab may have sent some

/** Sends a write under a key of its own, at once a second time if nothing came back. */
export async function write(method, path, body, label) {
  if (!navigator.onLine) {
    state.offline = true;
    throw new ApiError("offline", "网络不通，暂时只能收现金");
  }
  const entry = { key: device.randomKey(), method, path, body: withoutSecrets(body), at: Date.now(), label };
  entry.complete = JSON.stringify(entry.body) === JSON.stringify(body);
  save([...reread(), entry]);
  try {
    return await sendTwice(entry, body);
  } catch (error) {
    error.key = entry.key;
    throw error;
  }
}

async function sendTwice(entry, body) {
  for (const isLast of [false, true]) {
    try {
      return await sendEntry(entry, body);
    } catch (error) {
      if (!error.isUnanswered || isLast) throw error;
    }
  }
}

async function sendEntry(entry, body) {
  inFlight.add(entry.key);
  try {
    const answer = await send(entry.method, entry.path, body, entry.key);
    forget(entry.key);
    return answer;
  } catch (error) {
    if (!error.isUnanswered && error.status !== 401) forget(entry.key);
    throw error;
  } finally {
    inFlight.delete(entry.key);
  }
}

export function forget(key) {
  save(reread().filter((entry) => entry.key !== key));
}

/** Repeats a write that a cashier chose. */
export const repeat = (entry) => sendEntry(entry, entry.body);

/** Repeats what is young and complete, in order. */
export async function repeatYoung() {
  for (const entry of reread()) {
    const isYoung = entry.complete && !inFlight.has(entry.key) && Date.now() - entry.at < REPEAT_WITHIN_MS;
    if (isYoung) await repeat(entry).catch(() => null);
  }
}

function withoutSecrets(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const open = Object.entries(value).filter(([name]) => !SECRETS.includes(name));
  return Object.fromEntries(open.map(([name, part]) => [name, withoutSecrets(part)]));
}
