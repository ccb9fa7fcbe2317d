"""Loads a page again until it shows what a job in the background has still to do."""

import time

from playwright.sync_api import Locator, Page, TimeoutError, expect

WITHIN_SECONDS = 30
PAUSE_MS = 500


def reload_until(page: Page, wanted: Locator) -> None:
    """Load a page again until it shows an element: a list in front does not change by itself."""
    until = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < until:
        page.reload()
        try:
            wanted.first.wait_for(timeout=PAUSE_MS)
        except TimeoutError:
            continue
        return
    expect(wanted.first).to_be_visible()  # a busy machine may need longer for one load
