"""Codes for the cashier's scanner on the phone: the member code and the payment code, and how a claim behaves."""

import io
import os
import re
import time
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import WAIT_MS, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.test_coupons import coupons, find_claimable, give
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import has_no_overflow, sign_in

Screenshot = Callable[..., None]
FIVE_OFF = "满 30 减 5 元券"
USED_WITHIN_MS = 10_000 if os.environ.get("DEEP") else WAIT_MS  # two seconds, and what a busy machine adds
WIDTHS = (320, 390, 1440)


def use_at_till(running_app: RunningApp, code: str) -> None:
    running_app.run_module("tests.browser.use_code", code)


def read_picture(picture: Locator) -> tuple[zxingcpp.BarcodeFormat, str]:
    """What a scanner reads from the screen."""
    picture.evaluate("image => image.decode()")  # a busy machine draws it later than it sets its address
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())).convert("L"))
    return found.format, found.text


def assert_code_can_be_scanned(page: Page) -> str:
    """Return the digits, which both images hold. A busy machine draws an image later than the digits."""
    until = time.monotonic() + 10
    while True:
        digits = page.get_by_test_id("code-digits").inner_text().replace(" ", "")
        found = [read_picture(page.get_by_test_id(name)) for name in ("bar-code", "code-picture")]
        wanted = [(zxingcpp.BarcodeFormat.Code128, digits), (zxingcpp.BarcodeFormat.QRCode, digits)]
        if found == wanted or time.monotonic() > until:
            break
    assert found == wanted
    return digits


def keep_in_all_widths(page: Page, screenshot: Screenshot, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert has_no_overflow(page)
        screenshot(page, f"{name}-{width}")


@pytest.fixture
def member(running_app: RunningApp, open_page: OpenPage) -> tuple[Page, str]:
    """The phone of a new member, and the number."""
    page = open_page("about:blank", device_scale_factor=2)
    who, number = person(page, running_app)
    sign_in(page, running_app, who)
    register(page, running_app, who, number)
    return page, number


def test_n17_a_member_code_is_scanned_and_the_phone_tells(
    running_app: RunningApp, member: tuple[Page, str], screenshot: Screenshot
) -> None:
    page, _ = member
    page.get_by_test_id("show-member-code").click()
    expect(page.get_by_test_id("code-digits")).to_have_text(re.compile(r"^89\d\d \d{4} \d{4} \d{4} \d\d$"))
    expect(page.get_by_test_id("member-code")).to_contain_text("屏幕亮度调高")
    keep_in_all_widths(page, screenshot, "member-code")
    page.set_viewport_size({"width": 320, "height": 1200})  # no bar at the foot over the images
    first = assert_code_can_be_scanned(page)
    use_at_till(running_app, first)
    expect(page.get_by_test_id("code-used")).to_have_text("门店已识别您的会员身份", timeout=USED_WITHIN_MS)
    assert assert_code_can_be_scanned(page) != first
    screenshot(page, "member-code-used")
    page.get_by_test_id("hide-member-code").click()
    expect(page.get_by_test_id("code-digits")).to_have_count(0)


def test_n05_the_phone_tells_of_the_payment_and_the_balance(
    running_app: RunningApp, member: tuple[Page, str], screenshot: Screenshot
) -> None:
    page, number = member
    use_at_till(running_app, number)
    page.goto(address(running_app, "wallet"))
    page.get_by_test_id("show-code").click()
    expect(page.get_by_test_id("code-digits")).to_be_visible()
    keep_in_all_widths(page, screenshot, "payment-code")
    page.set_viewport_size({"width": 320, "height": 1200})  # no bar at the foot over the images
    use_at_till(running_app, assert_code_can_be_scanned(page))
    expect(page.get_by_test_id("code-used")).to_have_text(
        "支付成功 −12.50 元，余额 97.50", timeout=USED_WITHIN_MS
    )
    expect(page.get_by_test_id("value-balance")).to_have_text("97.50")
    expect(page.get_by_test_id("code-digits")).to_have_count(0)
    expect(page.get_by_test_id("statement-entry")).to_have_count(3)
    keep_in_all_widths(page, screenshot, "payment-code-used")
    page.get_by_test_id("show-code").click()
    expect(page.get_by_test_id("code-digits")).to_be_visible()
    expect(page.get_by_test_id("code-used")).to_have_count(0)


def test_n15_two_quick_taps_claim_one_coupon_and_nothing_moves(
    running_app: RunningApp, member: tuple[Page, str], screenshot: Screenshot
) -> None:
    page, _ = member
    claims: list[str] = []
    page.on("request", lambda request: claims.append(request.url) if "/claims" in request.url else None)
    page.goto(coupons(running_app, "#centre"))
    offers = page.get_by_test_id("offer")
    expect(offers.first.get_by_test_id("conditions")).to_be_visible()
    order = page.get_by_test_id("coupon-name").all_inner_texts()
    assert len(order) > 1
    keep_in_all_widths(page, screenshot, "claim-centre")
    page.set_viewport_size({"width": 390, "height": 844})
    button = offers.first.get_by_test_id("claim")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*at)
    page.mouse.click(*at)
    expect(button).to_have_text("已领取")
    page.mouse.click(*at)
    page.wait_for_timeout(300)
    assert page.get_by_test_id("coupon-name").all_inner_texts() == order
    assert len(claims) == 1
    screenshot(page, "claim-centre-claimed")


def test_n15_conditions_stand_on_the_gift_before_it_is_claimed(
    running_app: RunningApp, member: tuple[Page, str], open_page: OpenPage, screenshot: Screenshot
) -> None:
    page, _ = member
    page.goto(coupons(running_app, "#centre"))
    find_claimable(page, FIVE_OFF).get_by_test_id("claim").click()
    expect(find_claimable(page, FIVE_OFF)).to_contain_text("已领 1 张")
    page.get_by_test_id("back").click()
    page.get_by_test_id("coupon").first.click()
    link = give(page)
    friend = open_page(link)
    expect(friend.get_by_test_id("conditions")).to_contain_text("满 30 元可用")
    keep_in_all_widths(friend, screenshot, "gift-conditions")


@pytest.mark.deep
def test_n05_the_phone_tells_that_a_coupon_was_used(
    running_app: RunningApp, member: tuple[Page, str]
) -> None:
    page, _ = member
    page.goto(coupons(running_app, "#centre"))
    find_claimable(page, FIVE_OFF).get_by_test_id("claim").click()
    expect(find_claimable(page, FIVE_OFF)).to_contain_text("已领 1 张")
    page.get_by_test_id("back").click()
    page.get_by_test_id("coupon").first.click()
    expect(page.get_by_test_id("qr")).to_be_visible()
    use_at_till(running_app, page.get_by_test_id("code").inner_text())
    expect(page.get_by_test_id("coupon-state")).to_have_text("已使用", timeout=USED_WITHIN_MS + 1_000)
    expect(page.get_by_test_id("qr")).to_have_count(0)
