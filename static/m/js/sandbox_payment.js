// Payments with the wallet of the sandbox's phone. Only a trial installation has a sandbox, and only its frame is asked.

import { sandboxUrl } from "./page_context.js";

const TIMEOUT_MS = 120_000;
const sandboxOrigin = sandboxUrl && new URL(sandboxUrl).origin;

export const isInSandbox = Boolean(sandboxUrl) && window.parent !== window;

const RESULTS = { ok: "paid", cancel: "cancelled" };
const TRANSFER_RESULTS = { ok: "confirmed", cancel: "cancelled" };

/** Asks the sandbox's phone to confirm a payment; resolves to "paid", "cancelled" or "unknown". */
export async function askSandboxToPay(payment) {
  return RESULTS[await ask("sandbox.payment", { code: payment.tradeNO ?? payment.package })] ?? "unknown";
}

/** Asks the sandbox's phone to confirm a transfer; resolves to "confirmed", "cancelled" or "unknown". */
export async function askSandboxToConfirm(confirmation) {
  return TRANSFER_RESULTS[await ask("sandbox.transfer", { code: confirmation.package })] ?? "unknown";
}

/** Posts `<type>.request` to the phone and resolves to the result of its answer, "" if none comes. */
function ask(type, request) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(""), TIMEOUT_MS);

    function receive({ data, source, origin }) {
      if (source === window.parent && origin === sandboxOrigin && data?.type === type) finish(data.result);
    }

    function finish(result) {
      clearTimeout(timer);
      window.removeEventListener("message", receive);
      resolve(result);
    }

    window.addEventListener("message", receive);
    window.parent.postMessage({ type: `${type}.request`, ...request }, sandboxOrigin);
  });
}
