// Payments with the wallet of the sandbox's phone. Only a trial installation has a sandbox, and only its frame is asked.

import { sandboxUrl } from "./page_context.js";

const TIMEOUT_MS = 120_000;
const sandboxOrigin = sandboxUrl && new URL(sandboxUrl).origin;

export const isInSandbox = Boolean(sandboxUrl) && window.parent !== window;

const RESULTS = { ok: "paid", cancel: "cancelled" };

/** Asks the sandbox's phone to confirm a payment; resolves to "paid", "cancelled" or "unknown". */
export function askSandboxToPay(payment) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish("unknown"), TIMEOUT_MS);

    function receive({ data, source, origin }) {
      if (source === window.parent && origin === sandboxOrigin && data?.type === "sandbox.payment") finish(RESULTS[data.result] ?? "unknown");
    }

    function finish(result) {
      clearTimeout(timer);
      window.removeEventListener("message", receive);
      resolve(result);
    }

    window.addEventListener("message", receive);
    const code = payment.tradeNO ?? payment.package;
    window.parent.postMessage({ type: "sandbox.payment.request", code }, sandboxOrigin);
  });
}
