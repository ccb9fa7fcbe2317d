"""The member card in the packs of the sandbox's phone: added, changed by a sale at the till, deleted and given away."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from platforms.http import PlatformSession
from tests.browser.conftest import DESK, PHONE, WAIT_MS, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed_till import PIN
from tests.browser.test_first_conversation import close_browser, page_frame
from tests.browser.test_membership import address
from tests.browser.test_pages import has_no_overflow
from tests.browser.test_till import expect_status, fill_form, open_amount, open_shift, type_line

Screenshot = Callable[..., None]
WIDTHS = (320, 390, 1440)
PLATFORMS = ("wechat", "alipay")
SHOWN_WITHIN_MS = 5_000 if os.environ.get("DEEP") else WAIT_MS  # five seconds, and what a busy machine adds


class Holder:
    """The member, whose phone the sandbox plays."""

    def __init__(self, app: RunningApp) -> None:
        self._app, self._http = app, PlatformSession(base_url=app.sandbox)
        made = self.call("POST", "people", {"name": "周小姐"})
        self.person, self.number, appid = made["id"], made["phone"], app.facts["appid"]
        openid = self.call("GET", f"people/{self.person}/chats/{appid}")["openid"]
        self.facts = app.run_seed("tests.browser.seed_cards", self.number, openid)

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self._http.request(method, f"{self._app.sandbox}/sandbox/{path}", json=body).json()


@pytest.fixture(scope="module")
def holder(running_app: RunningApp) -> Holder:
    return Holder(running_app)


def open_card_page(phone: Page, running_app: RunningApp) -> FrameLocator:
    """The card page in the browser of the phone, signed in through WeChat.

    It is opened again until it offers the packs: the worker may still be submitting the cards to the platforms.
    """
    until = time.monotonic() + WAIT_MS / 1000
    while True:
        phone.evaluate(
            "async (url) => (await import('/sandbox/static/js/browser.js')).openBrowser(url)",
            address(running_app, "card"),
        )
        page = page_frame(phone)
        expect(page.locator("main")).to_contain_text("会员特权")
        if all(page.get_by_test_id(f"pack-{platform}").count() for platform in PLATFORMS):
            return page
        assert time.monotonic() < until, page.locator("main").inner_text()
        phone.wait_for_timeout(500)


def see_packs(phone: Page) -> Page:
    close_browser(phone)
    phone.get_by_test_id("wallet-open").click()
    phone.get_by_test_id("wallet-view-cards").click()
    return phone


def expect_fields(phone: Page, platform: str, points: int, balance: str) -> None:
    card = phone.get_by_test_id(f"card-{platform}").first
    expect(card.get_by_test_id("card-points")).to_have_text(f"积分 {points}", timeout=SHOWN_WITHIN_MS)
    expect(card.get_by_test_id("card-balance")).to_have_text(f"余额 {balance}", timeout=SHOWN_WITHIN_MS)


def test_card_in_both_packs_follows_a_sale_and_its_end_changes_no_membership(
    running_app: RunningApp, open_page: OpenPage, holder: Holder, screenshot: Screenshot
) -> None:
    phone = open_page(
        f"{running_app.sandbox}/?person={holder.person}&account={running_app.facts['appid']}",
        viewport=DESK, bypass_csp=True,
    )  # fmt: skip
    expect(phone.get_by_test_id("follow")).to_be_visible()  # the phone knows by now whose it is
    page = open_card_page(phone, running_app)
    expect(page.get_by_test_id("card-points")).to_have_text("100")
    page.get_by_test_id("add-wechat").click()
    expect(page.get_by_test_id("pack-wechat-state")).to_have_text("使用中", timeout=SHOWN_WITHIN_MS)
    screenshot(phone, "card-packs-1-page")
    page.get_by_test_id("add-alipay").click()
    page.get_by_test_id("alipay-card-submit").click()
    expect(page.locator("main")).to_contain_text("会员卡已添加到支付宝卡包")
    see_packs(phone)
    for platform in PLATFORMS:
        expect_fields(phone, platform, 100, "50.00")
        expect(phone.get_by_test_id(f"card-{platform}").get_by_test_id("card-tier")).to_have_text("普卡")
    screenshot(phone, "card-packs-2-phone")

    sold_at = sell(running_app, open_page, holder, "38")
    for platform in PLATFORMS:
        expect_fields(phone, platform, 138, "50.00")
    assert (time.monotonic() - sold_at) * 1000 < SHOWN_WITHIN_MS
    screenshot(phone, "card-packs-3-after-sale")

    see_card_page(running_app, open_page, holder, screenshot)
    give_and_take_back(phone, holder)
    delete_and_restore(phone, running_app, screenshot)


def sell(app: RunningApp, open_page: OpenPage, holder: Holder, yuan: str) -> float:
    """A sale for the member, paid in cash, and the moment at which the till says so."""
    till = open_page(f"{app.web}/till", viewport=DESK)
    open_shift(till, holder.facts, cashier=holder.facts["cashier"], pin=PIN)
    open_amount(till, f"{yuan}.00")
    type_line(till, holder.number)
    expect(till.get_by_test_id("member")).to_contain_text("储值")
    fill_form(till, "F7", yuan)
    expect_status(till, "收款成功")
    return time.monotonic()


def see_card_page(app: RunningApp, open_page: OpenPage, holder: Holder, screenshot: Screenshot) -> None:
    """The page in all widths."""
    url = f"{app.sandbox}/open?person={holder.person}&url={address(app, 'card').replace('?', '%3F')}"
    page = open_page(url)
    page.get_by_role("button", name="微信登录").click()
    expect(page.get_by_test_id("card-points")).to_have_text("138")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert has_no_overflow(page)
        screenshot(page, f"card-page-{width}")


def give_and_take_back(phone: Page, holder: Holder) -> None:
    """A gift that comes back leaves the card as it was, with its totals."""
    card = phone.get_by_test_id("card-wechat").first
    card.get_by_test_id("card-gift").click()
    expect(card.get_by_test_id("card-wechat-state")).to_contain_text("转赠中")
    friend = next(row["id"] for row in holder.call("GET", "people")["people"] if row["id"] != holder.person)
    (offered,) = holder.call("GET", f"people/{friend}/cards")["list"]
    assert offered["is_own"] is False
    card.get_by_test_id("card-return_gift").click()
    expect(card.get_by_test_id("card-wechat-state")).to_have_text("使用中")
    expect_fields(phone, "wechat", 138, "50.00")


def delete_and_restore(phone: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    """A deleted card leaves the member as before, and comes back with the totals of that time."""
    phone.get_by_test_id("card-wechat").first.get_by_test_id("card-delete").click()
    expect(phone.get_by_test_id("card-wechat")).to_have_count(0)
    phone.get_by_test_id("wallet-close").click()
    page = open_card_page(phone, running_app)
    expect(page.get_by_test_id("pack-wechat-state")).to_have_text("已删除", timeout=SHOWN_WITHIN_MS)
    expect(page.get_by_test_id("card-points")).to_have_text("138")
    page.get_by_test_id("add-wechat").click()
    expect(page.get_by_test_id("pack-wechat-state")).to_have_text("使用中", timeout=SHOWN_WITHIN_MS)
    see_packs(phone)
    expect_fields(phone, "wechat", 138, "50.00")
    screenshot(phone, "card-packs-4-restored")
