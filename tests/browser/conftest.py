"""A real Chromium before a real running_app; a test fails on any error in the browser's console."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from bin.chromium import find as find_chromium
from tests.browser.running_app import RunningApp, run_app

CHROMIUM = find_chromium()
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ARTEFACTS = Path(__file__).resolve().parent.parent / "artefacts"
WAIT_MS = 30_000  # the suite keeps more processes busy than there are cores
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

OpenPage = Callable[..., Page]

expect.set_options(timeout=WAIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app(tmp_path_factory.mktemp("application")) as started:
        yield started


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all files of this folder: a start takes two seconds of a processor, and each page has its own context."""
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM FOUND: the pages were not tested. `apt-get install chromium fonts-noto-cjk`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the consoles complain about; a test that provokes a complaint clears it."""
    return []


@pytest.fixture
def open_page(running_app: RunningApp, chromium: Browser, console_errors: list[str]) -> Iterator[OpenPage]:
    """Opens a page of a fresh browser: `open_page(url, viewport=PHONE, …)`."""
    contexts: list[BrowserContext] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            console_errors.append(f"{message.text} ({message.location.get('url')})")

    def open_page(url: str, **options: object) -> Page:
        context = chromium.new_context(locale="zh-CN", **{"viewport": PHONE, **options})
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        context.on("console", complain)
        context.on("weberror", lambda error: console_errors.append(str(error.error)))
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert console_errors == [], running_app.log()


@pytest.fixture
def screenshot() -> Callable[..., None]:
    """Keeps a screenshot as an artefact of a deep run."""
    ARTEFACTS.mkdir(exist_ok=True)

    def save_screenshot(page: Page, name: str) -> None:
        page.wait_for_timeout(350)  # transitions end, toasts and pictures come
        if os.environ["DEEP"]:
            page.screenshot(path=ARTEFACTS / f"{name}.png")

    return save_screenshot
