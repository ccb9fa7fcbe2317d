"""The console in a browser: sign-in, and what every page must fulfil.

`check_page` checks the open page, `check_pages` a list of paths, `check_menu` every entry of the menu.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.conftest import ARTEFACTS

AXE = Path(__file__).resolve().parent.parent / "support" / "axe" / "axe.min.js"
WIDTHS, HEIGHT = (1440, 390), 900
WIDE = {"width": 1440, "height": HEIGHT}
GRAVE = ("serious", "critical")

IS_SHOWN = """() => document.querySelector('main')?.innerText.trim()
    && !document.querySelector('.page [data-testid=loading], .page .busy, .page .el-loading-mask')"""
IS_SUBMITTED = """(button) => !button.isConnected
    || button.closest('.el-dialog').querySelector('.is-error, [data-testid=form-failure]')
    || [...document.querySelectorAll('.el-message-box')].some((box) => box.checkVisibility())"""
IS_CURRENT = """(path) => document.querySelector('.tabs .current a')?.pathname.replace(/\\/$/, '') === path"""
# A text that is fading has too little contrast, and a list that is closing still has its place of another width. A
# sheet made by a script is no inline style, which the content security policy forbids.
SET_TRANSITIONS = """(isOn) => {
  if (!window.noTransitions) {
    window.noTransitions = new CSSStyleSheet();
    noTransitions.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important; }');
    document.adoptedStyleSheets.push(noTransitions);
  }
  noTransitions.disabled = isOn;
}"""
HAS_SETTLED = "() => !document.querySelector('[class*=-enter-active], [class*=-leave-active]')"
# What is wrong with the layout and texts of a page at its present width. The elements are named, so that a failure
# says what to mend.
FIND_FLAWS = """() => {
  const shown = (element) => element.checkVisibility() && element.getBoundingClientRect();
  const name = (element) => `${element.tagName}.${element.className}: ${element.innerText?.slice(0, 40)}`;
  const flaws = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll('body *')].filter((element) =>
      element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.table-box, .tabs'));
    flaws.push(`scrolls sideways: ${wide.slice(-3).map(name)}`);
  }
  for (const area of document.querySelectorAll('main, main .card, main .el-tab-pane, .entrance .box, .el-dialog')) {
    const box = shown(area);
    if (box && box.height > 40 && !area.innerText.trim() && !area.querySelector('img, canvas, svg, input'))
      flaws.push(`an area without text: ${name(area)}`);
  }
  const text = document.querySelector('main')?.innerText ?? '';
  const wrong = text.match(/\\b(undefined|null|NaN|Invalid Date)\\b|\\[object Object\\]/);
  if (wrong) flaws.push(`shows ${text.slice(Math.max(0, wrong.index - 30), wrong.index + 30)}`);
  if (document.querySelector('.page [data-testid=load-error]')) flaws.push(`did not load: ${text}`);
  if (/没有这个页面|没有权限，请联系管理员/.test(text)) flaws.push(text);
  return flaws;
}"""
FIND_FAULTS = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  return violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)) }));
}"""


def fill_sign_in(page: Page, *, tenant: str, login: str, password: str) -> None:
    """Type into the sign-in and send it."""
    page.locator("input[name=tenant]").fill(tenant)
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_test_id("sign-in").click()


def check_page(page: Page, name: str, *, errors: list[str] | None = None, axe: bool = True) -> None:
    """Check the open page at both widths, and keep in a deep run the screenshots `console-<name>-<width>.png`.

    No error in the browser's console (a violation of the content security policy is one) if `errors` is given, no
    sideways scroll, no area without text, no value such as `undefined`, and no serious finding of axe.
    """
    ARTEFACTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wait_until_shown(page)
        with without_transitions(page):
            if os.environ["DEEP"]:
                page.screenshot(path=ARTEFACTS / f"console-{name}-{width}.png")
            flaws = page.evaluate(FIND_FLAWS)
        assert not flaws, f"{name} at {width} px: {flaws}"
    page.set_viewport_size(WIDE)
    if axe:
        with without_transitions(page):
            check_accessibility(page, name)
    assert not errors, f"{name}: {errors}"


def check_pages(page: Page, paths: Iterable[str], *, errors: list[str], axe: bool = True) -> None:
    """Check pages by their paths below `/console`, such as `/members`, in a browser that is signed in."""
    for path in paths:
        open_path(page, path)
        check_page(page, path.strip("/").replace("/", "-") or "home", errors=errors, axe=axe)


def check_menu(page: Page, *, errors: list[str], axe: bool = True) -> list[str]:
    """Check every entry of the menu and the page of the first row of its list. Return the paths of the entries."""
    paths = list_menu_paths(page)
    for path in paths:
        check_pages(page, [path], errors=errors, axe=axe)
        detail = page.locator("main .el-table__row a[href^='/console/']").first
        if detail.count():
            detail.click()
            page.wait_for_url(lambda url, path=path: not url.endswith(path))
            check_page(page, f"{path.strip('/')}-detail", errors=errors, axe=axe)
    return paths


def list_menu_paths(page: Page) -> list[str]:
    """Return the paths of all entries of the menu on the left, whose groups are then open."""
    for button in page.locator(".console > .side button[aria-expanded=false]").all()[::-1]:
        button.click()
    links = page.locator(".console > .side a").all()
    return [str(link.get_attribute("href")).removeprefix("/console") or "/" for link in links]


def open_path(page: Page, path: str) -> None:
    """Open a page by its path: by the link of the menu, or else by its address."""
    target = f"/console{path.rstrip('/')}"
    link = page.locator(f'.console > .side :is(a[href="{target}"], a[href="{target}/"])')
    if link.is_visible():
        link.click()
    else:
        page.goto(page.url.partition("/console")[0] + target)
    page.wait_for_function(IS_CURRENT, arg=target)
    wait_until_shown(page)


def wait_until_shown(page: Page) -> None:
    """Wait until the page has loaded what it shows."""
    page.wait_for_function(IS_SHOWN)


@contextmanager
def without_transitions(page: Page) -> Iterator[None]:
    """Wait for the end of the transitions of a page, and let none begin during the block."""
    page.evaluate(SET_TRANSITIONS, False)
    page.wait_for_function(HAS_SETTLED)
    yield
    page.evaluate(SET_TRANSITIONS, True)


def check_accessibility(page: Page, name: str) -> None:
    """Check a page with axe: no finding that is serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = [fault for fault in page.evaluate(FIND_FAULTS) if fault["impact"] in GRAVE]
    assert not found, f"{name}: {found}"


def open_menu_entry(page: Page, group: str, entry: str) -> None:
    """Open a page by the menu on the left."""
    side = page.locator(".console > .side")
    if not side.get_by_role("link", name=entry, exact=True).is_visible():
        side.get_by_role("button", name=group).click()
    link = side.get_by_role("link", name=entry, exact=True)
    link.click()
    page.wait_for_function(IS_CURRENT, arg=str(link.get_attribute("href")).rstrip("/"))


def field(page: Page, prop: str) -> Locator:
    """Return the input of a field of the open form."""
    return page.locator(f'.el-dialog:visible [data-field="{prop}"]').locator("input, textarea").first


def submit_form(page: Page) -> None:
    """Submit the newest form and wait until its dialog has left, or shows what is wrong, or asks a question.

    A dialog that is leaving has the same buttons for 400 ms.
    """
    button = page.locator(".el-dialog:visible").get_by_test_id("form-submit").last.element_handle()
    button.click()
    page.wait_for_function(IS_SUBMITTED, arg=button)


def confirm(page: Page) -> None:
    """Say yes to the question that is open. A closed date picker has a button of the same name."""
    page.locator(".el-message-box:visible").get_by_role("button", name="确定").click()
