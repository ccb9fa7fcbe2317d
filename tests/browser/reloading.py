"""Loads a page again until it shows what a job in the background has still to do."""

import time

from playwright.sync_api import Locator, Page, expect

WITHIN_SECONDS = 30
PAUSE_MS = 500


def reload_until(page: Page, wanted: Locator) -> None:
    """Load a page again until it shows an element: a list in front does not change by itself."""
    until = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < until:
        page.reload()
        page.wait_for_timeout(PAUSE_MS)
        if wanted.count():
            return
    expect(wanted).to_be_visible()
