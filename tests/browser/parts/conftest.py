"""An application of the parts' own: its tests change the menu and the replies that other tests expect."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, fill_sign_in
from tests.browser.parts.seed import LOGIN, PASSWORD, TENANT
from tests.browser.parts.ways import Customer, Staff, Till
from tests.browser.running_app import RunningApp, run_app


@pytest.fixture(scope="session")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app(tmp_path_factory.mktemp("parts")) as started:
        yield started


@pytest.fixture(scope="session")
def facts(running_app: RunningApp) -> dict[str, str]:
    return running_app.run_seed(
        "tests.browser.parts.seed", str(running_app.folder / "sandbox" / "accounts.json")
    )


@pytest.fixture
def customer(running_app: RunningApp, facts: dict[str, str], open_page: OpenPage) -> Customer:
    return Customer(running_app, facts, open_page)


@pytest.fixture(scope="session")
def till(running_app: RunningApp, facts: dict[str, str]) -> Till:
    return Till(running_app, facts)


@pytest.fixture(scope="session")
def staff(running_app: RunningApp, facts: dict[str, str]) -> Staff:
    return Staff(running_app)


@pytest.fixture
def open_console(
    running_app: RunningApp, facts: dict[str, str], open_page: OpenPage
) -> Callable[[str], Page]:
    """Opens a page of the console, signed in: `open_console("/reservations")`."""

    def open_console(path: str) -> Page:
        page = open_page(f"{running_app.web}/console{path}", viewport=WIDE)
        fill_sign_in(page, tenant=TENANT, login=LOGIN, password=PASSWORD)
        expect(page.locator(".console > .side")).to_be_visible()
        return page

    return open_console
