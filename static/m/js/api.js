// The JSON routes: one function asks them, one error tells what they refused.

import { account, isSignedIn } from "./page_context.js";

const TIMEOUT_MS = 15_000;
const PUBLIC_ENDPOINTS = /^\/api\/(stores|coupons|goods|categories|mall|carts|services|queues|activities|promotions|flash-sales)\b/; // a visitor may look there, so they want to know whose guest it is

/** `code` is the route's own; "offline" when nothing came back. `message` is for the person. */
export class ApiError extends Error {
  constructor(code, message, status = 0, details = null) {
    super(message);
    Object.assign(this, { code, status, details });
  }
}

export const get = (path, query) => sendRequest("GET", path, { query });
export const post = (path, body, key) => sendRequest("POST", path, { body, key });
export const patch = (path, body) => sendRequest("PATCH", path, { body });
export const put = (path, body) => sendRequest("PUT", path, { body });
export const remove = (path, body) => sendRequest("DELETE", path, { body });

async function sendRequest(method, path, { query, body, key } = {}) {
  let response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers: requestHeaders(method, body, key),
      body: body && JSON.stringify(body),
      // A session of another tenant's page is no business of this one.
      credentials: isSignedIn ? "same-origin" : "omit",
      signal: AbortSignal.timeout?.(TIMEOUT_MS), // older phones wait as long as they like
    });
  } catch {
    throw new ApiError("offline", "网络不太顺畅，请稍后再试");
  }
  return unwrapResponse(response);
}

async function unwrapResponse(response) {
  const envelope = await response.json().catch(() => null);
  if (envelope === null) throw new ApiError("unreadable", "服务暂时不可用，请稍后再试", response.status);
  if (envelope.code === 0) return envelope.data;
  throw new ApiError(envelope.code, envelope.msg, response.status, envelope.data);
}

function withQuery(path, query = {}) {
  const parameters = Object.entries({ ...(PUBLIC_ENDPOINTS.test(path) && { account }), ...query });
  const filled = parameters.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return filled.length ? `${path}?${new URLSearchParams(filled)}` : path;
}

/** `key` names a write that may be sent again; without one each request is its own. */
function requestHeaders(method, body, key) {
  const chosen = { Accept: "application/json" };
  if (body) chosen["Content-Type"] = "application/json";
  if (method === "POST") chosen["Idempotency-Key"] = key ?? randomKey();
  return chosen;
}

/** Not randomUUID: browsers keep that from pages that are not on https. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
