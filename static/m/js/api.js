// The JSON doors: one function asks them, one error tells what they refused.

import { account, signedIn } from "./here.js";

const PATIENCE_MS = 15_000;
const OPEN_DOORS = /^\/api\/(stores|coupons)\b/; // a visitor may look there, so they want to know whose guest it is

/** `code` is the door's own; "offline" when nothing came back. `message` is for the person. */
export class Refusal extends Error {
  constructor(code, message, status = 0, facts = null) {
    super(message);
    Object.assign(this, { code, status, facts });
  }
}

export const get = (path, query) => ask("GET", path, { query });
export const post = (path, body) => ask("POST", path, { body });
export const put = (path) => ask("PUT", path);
export const remove = (path) => ask("DELETE", path);

async function ask(method, path, { query, body } = {}) {
  let response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers: headers(method, body),
      body: body && JSON.stringify(body),
      // A session of another company's page is no business of this one.
      credentials: signedIn ? "same-origin" : "omit",
      signal: AbortSignal.timeout?.(PATIENCE_MS), // older phones wait as long as they like
    });
  } catch {
    throw new Refusal("offline", "网络不太顺畅，请稍后再试");
  }
  return opened(response);
}

async function opened(response) {
  const envelope = await response.json().catch(() => null);
  if (envelope === null) throw new Refusal("unreadable", "服务暂时不可用，请稍后再试", response.status);
  if (envelope.code === 0) return envelope.data;
  throw new Refusal(envelope.code, envelope.msg, response.status, envelope.data);
}

function withQuery(path, query = {}) {
  const asked = Object.entries({ ...(OPEN_DOORS.test(path) && { account }), ...query });
  const given = asked.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

function headers(method, body) {
  const chosen = { Accept: "application/json" };
  if (body) chosen["Content-Type"] = "application/json";
  if (method === "POST") chosen["Idempotency-Key"] = randomKey();
  return chosen;
}

/** Not randomUUID: browsers keep that from pages that are not on https. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
