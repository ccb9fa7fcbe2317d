"""Every page at the widths of a small phone, a phone and a desk: nothing sticks out, nothing is left empty.

The console of the browser is checked by `open_page`. A deep run keeps screenshots in `tests/artefacts`.
"""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ARTEFACTS, PHONE, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import CLOSED, KEY
from tests.browser.test_membership import person, register, seed_purchases
from tests.browser.test_pages import BEIJING, sign_in

IS_DEEP = bool(os.environ.get("DEEP"))
WIDTHS = (320, 390, 1440) if IS_DEEP else (320, 1440)
READY = "#app > :not(.skeleton), .agreement"

# What a page shows is (path and fragment, test id of an element that is there when the page is complete).
VISITOR = {
    "home": ("/m/?a={key}" + BEIJING, "home-head"),
    "cart": ("/m/cart?a={key}", "empty-cart"),
    "favourites": ("/m/favourites?a={key}&stay=out", "signed-out"),
    "nearby": ("/m/nearby?a={key}" + BEIJING, "shop"),
    "promotions": ("/m/promotions?a={key}" + BEIJING, "where"),
    "newest": ("/m/newest?a={key}", "shop"),
    "shop": ("/m/stores/{shops[S3]}?a={key}", "store-name"),
    "shop-closed": (f"/m/stores/{{shops[{CLOSED[0]}]}}?a={{key}}", "store-name"),
    "me": ("/m/me?a={key}", "signed-out"),
    "coupons": ("/m/coupons?a={key}", "offer"),
    "gift-without-link": ("/m/gifts?a={key}", "no-results"),
    "wallet": ("/m/wallet?a={key}", "signed-out"),
    "terms": ("/m/terms?a={key}", None),
    "privacy": ("/m/privacy?a={key}", None),
}
CUSTOMER = {
    "home": ("/m/?a={key}", "home-head"),
    "cart": ("/m/cart?a={key}", "empty-cart"),
    "checkout": ("/m/checkout?a={key}", "nothing-chosen"),
    "addresses": ("/m/addresses?a={key}", "address-form"),
    "favourites": ("/m/favourites?a={key}", "favourite-goods"),
    "footprints": ("/m/footprints?a={key}", "footprints"),
    "me": ("/m/me?a={key}", "member-card"),
    "coupons": ("/m/coupons?a={key}", "no-results"),
    "coupons-to-claim": ("/m/coupons?a={key}#centre", "offer"),
    "tier": ("/m/tier?a={key}", None),
    "points": ("/m/points?a={key}", "balance"),
    "profile": ("/m/profile?a={key}", "profile-form"),
    "closing": ("/m/closing?a={key}", None),
    "erasure": ("/m/erasure?a={key}", "kept"),
    "wallet": ("/m/wallet?a={key}", "payment-code"),
    "orders": ("/m/orders?a={key}", "empty"),
    "payer-claims": ("/m/payer-claims?a={key}", "no-claims"),
    "messages": ("/m/messages?a={key}", "message"),
    "message-settings": ("/m/message-settings?a={key}", "media"),
}

# Large visible elements without any text or picture, by the names of their classes.
EMPTY_AREAS = """() => [...document.querySelectorAll('body *')].filter(element => {
    const box = element.getBoundingClientRect()
    const shows = element.innerText?.trim() || element.querySelector('img, svg, canvas, iframe')
    return box.width > 200 && box.height > 200 && !shows
        && !element.closest('img, svg, canvas, iframe, script, style, noscript')
        && getComputedStyle(element).visibility === 'visible'
}).map(element => element.className || element.tagName)"""
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def check_pages(running_app: RunningApp) -> Callable[..., None]:
    """Open each page and check it at every width."""

    def check(page: Page, role: str, pages: dict[str, tuple[str, str | None]]) -> None:
        for name, (path, awaited) in pages.items():
            page.goto("about:blank")  # a change of the fragment alone would not load the page
            page.goto(running_app.web + path.format(key=KEY, shops=running_app.facts["shops"]))
            locator = page.get_by_test_id(awaited) if awaited else page.locator(READY)
            expect(locator.first).to_be_visible()
            _check_widths(page, f"layout-{role}-{name}")

    return check


def test_pages_of_a_visitor(open_page: OpenPage, check_pages: Callable[..., None]) -> None:
    check_pages(open_page("about:blank"), "visitor", VISITOR)


@pytest.mark.deep
def test_pages_of_a_follower(
    running_app: RunningApp, open_page: OpenPage, check_pages: Callable[..., None]
) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, person(page, running_app)[0])
    check_pages(page, "follower", {name: CUSTOMER[name] for name in ("me", "tier", "points", "wallet")})


def test_pages_of_a_member(
    running_app: RunningApp, open_page: OpenPage, check_pages: Callable[..., None]
) -> None:
    page = open_page("about:blank")
    who, phone = person(page, running_app)
    sign_in(page, running_app, who)
    register(page, running_app, who, phone)
    seed_purchases(running_app, phone)
    check_pages(page, "member", CUSTOMER)


def _check_widths(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.wait_for_timeout(250)  # transitions end, pictures come
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        page.wait_for_timeout(60)
        if IS_DEEP:
            page.screenshot(path=ARTEFACTS / f"{name}-{width}.png", full_page=True)
        assert not page.evaluate(WIDER_THAN_SCREEN), f"{name} at {width} px scrolls sideways"
        assert page.evaluate(EMPTY_AREAS) == [], f"{name} at {width} px"
    page.set_viewport_size(PHONE)
