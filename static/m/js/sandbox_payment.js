// Payments with the wallet of the sandbox's phone. Only a trial installation has a sandbox, and only its frame is asked.

import { sandboxUrl } from "./page_context.js";

const TIMEOUT_MS = 120_000;
const sandboxOrigin = sandboxUrl && new URL(sandboxUrl).origin;

export const isInSandbox = Boolean(sandboxUrl) && window.parent !== window;

const RESULTS = { ok: "paid", cancel: "cancelled" };
const TRANSFER_RESULTS = { ok: "confirmed", cancel: "cancelled" };

/** Asks the sandbox's phone for something of a kind; resolves to its answer. */
export function askSandbox(kind, request) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish({ result: "unknown" }), TIMEOUT_MS);

    function receive({ data, source, origin }) {
      if (source === window.parent && origin === sandboxOrigin && data?.type === `sandbox.${kind}`) finish(data);
    }

    function finish(answer) {
      clearTimeout(timer);
      window.removeEventListener("message", receive);
      resolve(answer);
    }

    window.addEventListener("message", receive);
    window.parent.postMessage({ type: `sandbox.${kind}.request`, ...request }, sandboxOrigin);
  });
}

/** Asks the sandbox's phone to confirm a payment; resolves to "paid", "cancelled" or "unknown". */
export async function askSandboxToPay(payment) {
  const { result } = await askSandbox("payment", { code: payment.tradeNO ?? payment.package });
  return RESULTS[result] ?? "unknown";
}

/** Asks the sandbox's phone to confirm a transfer; resolves to "confirmed", "cancelled" or "unknown". */
export async function askSandboxToConfirm(confirmation) {
  const { result } = await askSandbox("transfer", { code: confirmation.package });
  return TRANSFER_RESULTS[result] ?? "unknown";
}
