// The JSON routes of the till: one function sends, one error tells what was refused.

import * as device from "./device.js";
import { state } from "./state.js";

const TIMEOUT_MS = 20_000;
const REFUSED = ["no_merchant", "platform_unavailable", "no_sms", "sms_refused"]; // with status 503, but nothing was done

/** `code` is the route's own; "offline" when nothing came back. `message` is for the cashier. */
export class ApiError extends Error {
  constructor(code, message, status = 0, details = null) {
    super(message);
    Object.assign(this, { code, status, details });
  }

  /** Whether the request was carried out is unknown. */
  get isUnanswered() {
    return this.code === "offline" || (this.status >= 500 && !REFUSED.includes(this.code));
  }
}

export const setToken = (token) => device.write("token", token);
export const hasToken = () => Boolean(device.read("token"));

export async function get(path, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return unwrap(await request("GET", filled.length ? `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(filled)}` : path));
}

export async function send(method, path, body, key) {
  return unwrap(await request(method, path, { body, key }));
}

async function request(method, path, { body, key } = {}) {
  const headers = { Accept: "application/json" };
  const token = device.read("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined && body !== null) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  try {
    const response = await fetch(path, {
      method, headers, body: body ? JSON.stringify(body) : undefined, credentials: "omit", cache: "no-store",
      signal: AbortSignal.timeout?.(TIMEOUT_MS),
    });
    state.offline = false;
    return response;
  } catch {
    state.offline = true;
    throw new ApiError("offline", "网络不通，暂时只能收现金");
  }
}

async function unwrap(response) {
  const envelope = await response.json().catch(() => null);
  if (envelope?.code === 0) return envelope.data;
  if (response.status === 401 && state.session) {
    setToken(null);
    Object.assign(state, { session: null, dialogs: [] });
  }
  if (envelope === null) throw new ApiError("unreadable", "服务暂时不可用，请稍后再试", response.status || 500);
  throw new ApiError(envelope.code, envelope.msg, response.status, envelope.data);
}
