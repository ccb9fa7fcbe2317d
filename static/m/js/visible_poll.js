// Polling while the page is visible: one request at a time, the next after a pause.

const INTERVAL_MS = 1500; // the phone tells of a payment within two seconds

/** Calls `ask` until it returns true, and at once when the page is shown again. Returns a function that stops it. */
export function pollWhileVisible(ask, intervalMs = INTERVAL_MS) {
  let timer = 0;
  let stopped = false;
  let asking = false;

  async function run() {
    clearTimeout(timer);
    if (stopped || asking || document.hidden) return;
    asking = true;
    try {
      if (await ask()) return stop();
    } catch {
      // the next poll repeats it
    } finally {
      asking = false;
    }
    if (!stopped) timer = setTimeout(run, intervalMs);
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", run);
  }

  document.addEventListener("visibilitychange", run);
  timer = setTimeout(run, intervalMs);
  return stop;
}
