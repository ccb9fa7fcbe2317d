"""Benchmark `pages`: first load of the H5 pages in Chromium on a slow mobile network, with an empty cache.

The network is Lighthouse's "slow 4G": 150 ms round trip, 1.6 Mbit/s. A page is loaded when its script has drawn it
and no skeleton is left. The second load shows what the browser's cache saves.
"""

import subprocess
import sys
import tempfile
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.report import Row, print_table
from bench.server import page_environment, server
from bin import chromium

PAGES = ("nearby", "me", "coupons", "wallet")
RUNS = 3
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 750 * 1024 / 8,
}
MAX_BYTES, MAX_SECONDS = 200_000, 2.0
IS_DRAWN = (
    """() => document.querySelector('#app[data-v-app]') && !document.querySelector('[data-testid=loading]')"""
)
FIRST_PAINT = "() => performance.getEntriesByName('first-paint')[0]?.startTime ?? 0"


def run() -> list[Row]:
    """Measure each page several times, each time in a new browser context."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-bench-") as folder:
        environ = page_environment(folder)
        subprocess.run([sys.executable, "-m", "bin.migrate_and_seed"], env=environ, check=True)
        with server("app:server", environ) as (port, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.find_or_install(), args=["--no-sandbox"]
            )
            rows = [row for name in PAGES for row in _measure(browser, port, name)]
            browser.close()
    return rows


def _measure(browser: Browser, port: int, name: str) -> list[Row]:
    url = f"http://127.0.0.1:{port}/m/{name}?a=demo&stay=out"
    runs = [_load_twice(browser, url) for _ in range(RUNS)]
    first, again = [[load[index] for load in runs] for index in (0, 1)]
    seconds, size = median(load["drawn_s"] for load in first), max(load["bytes"] for load in first)
    painted = median(load["painted_s"] for load in first)
    return [
        Row(
            f"pages: {name}, first load", seconds, None, None, f"≤ {MAX_SECONDS:g} s", seconds <= MAX_SECONDS, "s",
            f"skeleton after {painted:.2f} s; again {median(load['drawn_s'] for load in again):.2f} s",
        ),
        Row(
            f"pages: {name}, bytes of the first load", size / 1000, None, None, f"≤ {MAX_BYTES // 1000} kB",
            size <= MAX_BYTES, "kB", f"again {max(load['bytes'] for load in again) / 1000:.1f} kB",
        ),
    ]  # fmt: skip


def _load_twice(browser: Browser, url: str) -> list[dict[str, float]]:
    """Load a page with an empty cache, and once more."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    try:
        return [_load(page, url), _load(page, url)]
    finally:
        context.close()


def _load(page: Page, url: str) -> dict[str, float]:
    session = page.context.new_cdp_session(page)
    received: list[float] = []

    def count(event: dict[str, Any]) -> None:
        received.append(event["encodedDataLength"])

    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.on("Network.loadingFinished", count)
    page.goto("about:blank")
    received.clear()
    page.goto(url, wait_until="commit")
    page.wait_for_function(IS_DRAWN, timeout=30_000)
    drawn_ms = page.evaluate("() => performance.now()")
    page.wait_for_load_state("networkidle")
    painted_ms = page.evaluate(FIRST_PAINT)
    session.detach()
    return {"drawn_s": drawn_ms / 1000, "painted_s": painted_ms / 1000, "bytes": sum(received)}


if __name__ == "__main__":
    print_table(run())
