"""Payments on pages: a shop's collection code, a top-up, and purchases that appear by themselves."""

import json
import os
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WAIT_MS, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import has_no_overflow, oauth_url

WECHAT = {"user_agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}
ARRIVES_WITHIN_MS = 10_000 if os.environ.get("DEEP") else WAIT_MS  # two seconds, and what a busy machine adds
WIDTHS = (320, 390, 1440)
BRIDGE = """window.WeixinJSBridge = {invoke: async (name, payment, answer) => {
    const result = name === 'getBrandWCPayRequest' ? await window.confirmPayment(payment.package) : 'fail'
    answer({err_msg: `get_brand_wcpay_request:${result}`})
}}"""

Screenshot = Callable[..., None]


class Wallet:
    """The wallet of a person in the sandbox, which pays what a page asks for, or is put away."""

    def __init__(self, running_app: RunningApp, who: str) -> None:
        self._url = f"{running_app.sandbox}/sandbox/people/{who}/wechat-payments"
        self.pays = True

    def confirm(self, package: str) -> str:
        if not self.pays:
            return "cancel"
        body = json.dumps({"package": package}).encode()
        with urllib.request.urlopen(self._url, data=body, timeout=30) as answer:
            return "ok" if answer.status == 200 else "fail"


@pytest.fixture
def payer(running_app: RunningApp, open_page: OpenPage) -> tuple[Page, str, str, Wallet]:
    """The page of a new person in WeChat, who and which phone it is, and the wallet."""
    page = open_page("about:blank", **WECHAT)
    who, phone = person(page, running_app)
    wallet = Wallet(running_app, who)
    page.expose_function("confirmPayment", wallet.confirm)
    page.add_init_script(BRIDGE)
    return page, who, phone, wallet


def keep_in_all_widths(page: Page, screenshot: Screenshot, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert has_no_overflow(page)
        screenshot(page, f"{name}-{width}")
    page.set_viewport_size(PHONE)


def test_a_stranger_pays_by_the_code_of_a_shop(
    running_app: RunningApp, payer: tuple[Page, str, str, Wallet], screenshot: Screenshot
) -> None:
    page, who, _, wallet = payer
    page.goto(oauth_url(running_app, who, running_app.web + running_app.facts["collection_path"]))
    expect(page.get_by_test_id("amount-form")).to_contain_text("小二便利 六里桥店")
    page.get_by_test_id("amount").fill("12.8元")
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("message")).to_have_text("请填写金额，最多两位小数")
    page.get_by_test_id("amount").fill("12.80")
    wallet.pays = False
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("message")).to_have_text("付款已取消")
    with page.expect_response("**/api/me/orders/*"):  # the page asks for the order that is not paid
        pass
    expect(page.get_by_test_id("pay")).to_contain_text("继续用微信付款")
    keep_in_all_widths(page, screenshot, "collection")
    wallet.pays = True
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("paid-amount")).to_have_text("¥12.80", timeout=ARRIVES_WITHIN_MS)
    keep_in_all_widths(page, screenshot, "collection-paid")
    page.get_by_test_id("to-orders").click()
    expect(page.get_by_test_id("order")).to_have_count(1)


@pytest.mark.deep
def test_another_browser_says_with_what_to_scan(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page(running_app.web + running_app.facts["collection_path"])
    expect(page.get_by_role("main")).to_contain_text("请用微信或支付宝扫一扫付款")
    keep_in_all_widths(page, screenshot, "collection-other")


def test_a_member_tops_up_and_a_purchase_appears_by_itself(
    running_app: RunningApp, payer: tuple[Page, str, str, Wallet], open_page: OpenPage, screenshot: Screenshot
) -> None:
    page, who, phone, _ = payer
    page.goto(oauth_url(running_app, who, address(running_app, "me")))
    register(page, running_app, who, phone)
    page.goto(address(running_app, "wallet"))
    page.get_by_test_id("top-up-amount").get_by_role("textbox").fill("50")
    expect(page.get_by_test_id("top-up-pay")).to_have_text("微信支付 50.00 元")
    keep_in_all_widths(page, screenshot, "top-up")
    page.get_by_test_id("top-up-pay").click()
    expect(page.get_by_test_id("top-up-done")).to_contain_text("已到账 50.00 元", timeout=ARRIVES_WITHIN_MS)
    expect(page.get_by_test_id("value-balance")).to_have_text("50.00")
    expect(page.get_by_test_id("refund-request")).to_be_visible()
    keep_in_all_widths(page, screenshot, "top-up-done")
    page.goto(address(running_app, "orders"))
    expect(page.get_by_test_id("empty")).to_be_visible()
    other = page.context.new_page()
    other.goto(running_app.web + running_app.facts["collection_path"])
    other.expose_function("confirmPayment", Wallet(running_app, who).confirm)
    other.evaluate(BRIDGE)
    other.get_by_test_id("amount").fill("8")
    other.get_by_test_id("pay").click()
    expect(other.get_by_test_id("paid")).to_be_visible(timeout=ARRIVES_WITHIN_MS)
    other.close()
    expect(page.get_by_test_id("fresh")).to_contain_text("消费 8.00 元", timeout=ARRIVES_WITHIN_MS)
    page.get_by_test_id("order").get_by_role("button").click()
    expect(page.get_by_test_id("tender")).to_contain_text("微信网页支付")
    keep_in_all_widths(page, screenshot, "orders")
