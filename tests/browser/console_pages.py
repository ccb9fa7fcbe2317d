"""The console in a browser: sign-in, and what every page must fulfil."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import ARTEFACTS

AXE = Path(__file__).resolve().parent.parent / "support" / "axe" / "axe.min.js"
WIDTHS = (1440, 390)
WIDE, HEIGHT = {"width": 1440, "height": 900}, 900
GRAVE = ("serious", "critical")
# The element named is the one that sticks out, so that a failure says what to mend.
STICKING_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.table-box, .tabs'))
    .slice(-5).map(element => `${element.tagName}.${element.className}`)"""
FIND_FAULTS = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})).violations
    .map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.slice(0, 3).map(node => node.html.slice(0, 200))}))"""


def fill_sign_in(page: Page, *, tenant: str, login: str, password: str) -> None:
    """Type into the sign-in and send it."""
    page.locator("input[name=tenant]").fill(tenant)
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_test_id("sign-in").click()


def check_page(page: Page, name: str) -> None:
    """Keep screenshots of both widths, and check that nothing sticks out and nobody is kept out."""
    ARTEFACTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(350)  # transitions end
        page.screenshot(path=ARTEFACTS / f"console-{name}-{width}.png")
        assert page.evaluate(STICKING_OUT) == [], f"{name} at {width} px"
    page.set_viewport_size(WIDE)
    check_accessibility(page, name)


def check_accessibility(page: Page, name: str) -> None:
    """Check a page with axe: no finding that is serious or critical."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = [fault for fault in page.evaluate(FIND_FAULTS) if fault["impact"] in GRAVE]
    assert not found, f"{name}: {found}"


def open_menu_entry(page: Page, group: str, entry: str) -> None:
    """Open a page by the menu on the left."""
    side = page.locator(".console > .side")
    if not side.get_by_role("link", name=entry, exact=True).is_visible():
        side.get_by_role("button", name=group).click()
    side.get_by_role("link", name=entry, exact=True).click()
    expect(page.locator(".tabs .current")).to_contain_text(entry)


def field(page: Page, prop: str) -> object:
    """Return the input of a field of the open form."""
    return page.locator(f'.el-dialog [data-field="{prop}"]').locator("input, textarea").first
