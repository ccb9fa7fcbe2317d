// The position of the sandbox's phone. Only a trial installation has a sandbox, and only its frame is asked.

import { sandboxUrl } from "./page_context.js";

const TIMEOUT_MS = 1_000;
const sandboxOrigin = sandboxUrl && new URL(sandboxUrl).origin;

export const isInSandbox = Boolean(sandboxUrl) && window.parent !== window;

/** Asks the sandbox for the position in WGS-84; resolves to null when it does not answer. */
export function askSandbox() {
  return new Promise((resolve) => {
    const finish = (position) => {
      clearTimeout(timer);
      window.removeEventListener("message", receive);
      resolve(position);
    };
    const receive = ({ data, source, origin }) => {
      if (source === window.parent && origin === sandboxOrigin && data?.type === "sandbox.position") finish(data.position);
    };
    const timer = setTimeout(() => finish(null), TIMEOUT_MS);
    window.addEventListener("message", receive);
    window.parent.postMessage({ type: "sandbox.position.request" }, sandboxOrigin);
  });
}
