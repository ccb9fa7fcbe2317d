// The JSON routes of the console: paths below `/console/api`, one function each method, one error.

const BASE = "/console/api";
const TIMEOUT_MS = 30_000;

const session = { csrfToken: "", signedOut: () => {} };
const unansweredKeys = new Map(); // a write whose answer was lost is repeated under its first key

/** `code` is the route's own, "offline" when nothing came back. `msg` is for the person, `fields` go beside the inputs. */
export class ApiError extends Error {
  constructor(code, msg, status = 0, data = null) {
    super(msg);
    Object.assign(this, { code, msg, status, data });
  }

  get fields() {
    const listed = (this.data?.errors ?? []).map(({ field, reason }) => [field, reason]);
    const named = this.data?.field ? [[this.data.field, this.data.reason ?? this.msg]] : [];
    return { ...Object.fromEntries([...named, ...listed]), ...this.data?.fields };
  }
}

export const setCsrfToken = (token) => (session.csrfToken = token);
/** `handler` is called when the session has ended. */
export const onSignedOut = (handler) => (session.signedOut = handler);

export const get = (path, query) => send("GET", withQuery(path, query));
export const post = (path, body = {}) => send("POST", path, body);
export const patch = (path, body) => send("PATCH", path, body);
export const put = (path, body) => send("PUT", path, body);
export const del = (path, body) => send("DELETE", path, body);
/** The URL of a file, for a link. */
export const fileUrl = (path, query) => BASE + withQuery(path, query);

async function send(method, path, body) {
  const identity = `${method} ${path} ${body instanceof FormData ? "" : JSON.stringify(body)}`;
  const key = unansweredKeys.get(identity) ?? randomKey();
  let response;
  try {
    response = await fetch(BASE + path, {
      method, headers: headersOf(method, body, key), body: encode(body), credentials: "same-origin", cache: "no-store",
      signal: AbortSignal.timeout?.(TIMEOUT_MS),
    });
  } catch {
    if (method !== "GET") unansweredKeys.set(identity, key);
    throw new ApiError("offline", "网络不通，请稍后再试");
  }
  unansweredKeys.delete(identity);
  return unwrap(response);
}

async function unwrap(response) {
  const envelope = await response.json().catch(() => null);
  if (envelope?.code === 0) return envelope.data;
  const error = new ApiError(
    envelope?.code ?? "unreadable", envelope?.msg ?? "服务暂时不可用，请稍后再试", response.status, envelope?.data ?? null,
  );
  if (error.status === 401 && error.code === "unauthorized") session.signedOut();
  throw error;
}

function headersOf(method, body, key) {
  const headers = { Accept: "application/json" };
  if (method === "GET") return headers;
  if (body !== undefined && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  return { ...headers, "X-CSRF-Token": session.csrfToken, "Idempotency-Key": key };
}

function encode(body) {
  return body === undefined || body instanceof FormData ? body : JSON.stringify(body);
}

function withQuery(path, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return filled.length ? `${path}?${new URLSearchParams(filled)}` : path;
}

/** Not randomUUID: browsers keep that from pages that are not on https. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
