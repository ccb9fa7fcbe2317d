"""Promotions of each kind, bought on the phone and at the till: one total and the same sentences everywhere."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed_promotions import GOODS
from tests.browser.seed_till import PIN
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import BEIJING, KEY, oauth_url
from tests.browser.test_payments import BRIDGE, WECHAT, Wallet, keep_in_all_widths
from tests.browser.test_till import expect_due, expect_status, fill_form, open_shift, read_slip, type_line

Screenshot = Callable[..., None]
Shopper = tuple[Page, str, dict[str, Any]]

BASKET = {
    "PRO-TEA": 3, "PRO-MILK": 2, "PRO-EGG": 3, "PRO-BREAD": 1, "PRO-JAM": 1, "PRO-RICE": 1, "PRO-OIL": 1, "PRO-SOAP": 1,
}  # fmt: skip
TOTAL = "293.00"
SENTENCES = {
    "茶叶节：限时特价": "20.00", "早餐：第 2 件半价（1 件）": "3.00", "买二送一：买 2 送 1（1 件）": "2.00",
    "面包果酱：组合价 20 元（1 组）": "5.00", "粮油满减：满 50 元减 10 元": "10.00", "好油：打 9 折": "8.00",
    "会员日：打 8 折": "2.00",
}  # fmt: skip
PROGRESS = "还差 40.00 元减 25 元"
GIFT_GONE = "赠品“茶杯”已送完，本单不含该赠品"


@pytest.fixture
def shopper(running_app: RunningApp, open_page: OpenPage) -> Shopper:
    """A member in WeChat with the phone, and what was seeded."""
    page = open_page("about:blank", **WECHAT)
    who, phone = person(page, running_app)
    page.expose_function("confirmPayment", Wallet(running_app, who).confirm)
    page.add_init_script(BRIDGE)
    page.goto(oauth_url(running_app, who, address(running_app, "me")))
    register(page, running_app, who, phone)
    return page, phone, running_app.run_seed("tests.browser.seed_promotions", "walk", phone)


def test_each_kind_of_promotion_is_bought_on_the_phone_and_at_the_till(
    running_app: RunningApp, shopper: Shopper, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page, phone, facts = shopper
    till = open_page(f"{running_app.web}/till", viewport=DESK)
    open_shift(till, facts, cashier="1116", pin=PIN)

    find_nearby(page, running_app, screenshot)
    read_goods(page, running_app, screenshot)
    for code, quantity in BASKET.items():
        if code != "PRO-TEA":
            put_into_cart(page, facts, code, quantity)
    buy_on_the_phone(page, running_app, screenshot)
    buy_at_the_till(till, phone, screenshot)

    # Both cups are given away: the phone says so before the next order.
    put_into_cart(page, facts, "PRO-RICE", 1)
    page.goto(address(running_app, "cart"))
    expect(page.get_by_test_id("offer-notice")).to_have_text(GIFT_GONE)
    page.get_by_test_id("checkout").click()
    expect(page.get_by_test_id("offer-notice")).to_have_text(GIFT_GONE)
    keep_in_all_widths(page, screenshot, "promotions-gift-gone")

    # The receipt of the till on the phone of the member.
    page.goto(address(running_app, "orders"))
    page.get_by_test_id("order").filter(has_text=f"¥{TOTAL}").first.click()
    sheet = page.get_by_test_id("order-sheet")
    expect(sheet).to_contain_text(f"合计{TOTAL}")
    expect_sentences(sheet.get_by_test_id("discount"))
    expect(sheet).to_contain_text("赠品 茶杯")
    keep_in_all_widths(page, screenshot, "promotions-receipt")


def test_without_a_position_a_place_is_chosen_and_an_empty_one_says_so(
    running_app: RunningApp, open_page: OpenPage
) -> None:
    page = open_page(address(running_app, "promotions"))
    expect(page.get_by_test_id("asking")).to_contain_text("没有定位权限")
    page.get_by_test_id("choose-place").click()
    page.get_by_test_id("place-sheet").get_by_text("上海人民广场").click()
    expect(page.get_by_test_id("no-promotions")).to_contain_text("附近的门店现在没有促销")
    expect(page.get_by_test_id("where")).to_have_text("上海人民广场")
    page.get_by_test_id("widen").click()
    expect(page.get_by_test_id("widen")).to_have_count(0)
    expect(page.get_by_test_id("no-promotions")).to_be_visible()


def find_nearby(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    """From the home page to the promotions nearby, and three units of tea into the cart."""
    page.goto(f"{running_app.web}/m/?a={KEY}{BEIJING}")
    page.get_by_role("link", name="附近促销").click()
    tea = page.get_by_test_id("promotion").filter(has_text="铁观音")
    expect(tea.get_by_test_id("special-price")).to_have_text("¥40.00")
    expect(tea.get_by_test_id("former-price")).to_have_text("¥50.00")
    expect(tea.get_by_test_id("sentence")).to_have_text("茶叶节：限时特价")
    expect(tea.get_by_test_id("ends")).to_contain_text("结束")
    expect(tea).to_contain_text("小二便利 六里桥店")
    expect(tea.get_by_test_id("distance")).to_contain_text("公里")
    expect(page.get_by_test_id("promotion")).to_have_count(len(BASKET))
    keep_in_all_widths(page, screenshot, "promotions-nearby")
    tea.get_by_test_id("choose").click()
    sheet = page.get_by_test_id("sku-sheet")
    expect(sheet.get_by_test_id("special-limit")).to_have_text("特价限购 2 件，超出按原价")
    for _ in range(2):
        sheet.get_by_label("增加").click()
    sheet.get_by_test_id("add-to-cart").click()
    expect(page.get_by_text("已加入购物车")).to_be_visible()


def read_goods(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    """The page of the store, its list of goods, and the pages of tea and rice."""
    page.goto(f"{running_app.web}/m/stores/{running_app.facts['shops']['S4']}?a={KEY}")
    expect(page.get_by_test_id("offer")).to_have_count(8)
    keep_in_all_widths(page, screenshot, "promotions-store")
    page.get_by_test_id("to-goods").click()
    row = page.get_by_test_id("goods").filter(has_text="铁观音")
    expect(row.get_by_test_id("special-price")).to_have_text("¥40.00")
    keep_in_all_widths(page, screenshot, "promotions-goods")
    row.get_by_role("link").click()
    expect(page.get_by_test_id("special-price")).to_have_text("¥40.00")
    expect(page.get_by_test_id("former-price")).to_have_text("¥50.00")
    expect(page.get_by_test_id("offer")).to_contain_text("茶叶节：限时特价")
    keep_in_all_widths(page, screenshot, "promotions-product")
    page.go_back()
    page.get_by_role("link", name="东北大米").click()
    for sentence in ("粮油满减：满 50 元减 10 元，满 100 元减 25 元", "大米有礼：满 60 元送茶杯"):
        expect(page.get_by_test_id("offers")).to_contain_text(sentence)


def put_into_cart(page: Page, facts: dict[str, Any], code: str, quantity: int) -> None:
    body = {"store_id": facts["store"], "sku_id": facts["skus"][code], "quantity": quantity}
    answer = page.evaluate(
        """async body => {
            const headers = {'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID()}
            return (await fetch('/api/me/cart/lines', {method: 'POST', headers, body: JSON.stringify(body)})).status
        }""",
        body,
    )
    assert answer == 201


def buy_on_the_phone(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    """Cart, checkout and order show the same total and sentences."""
    page.goto(address(running_app, "cart"))
    expect(page.get_by_test_id("cart-total")).to_have_text(f"¥{TOTAL}")
    expect_sentences(page.get_by_test_id("discount"))
    expect(page.get_by_test_id("gift")).to_contain_text("茶杯")
    expect(page.get_by_test_id("progress").filter(has_text=PROGRESS)).to_be_visible()
    keep_in_all_widths(page, screenshot, "promotions-cart")
    page.get_by_test_id("checkout").click()
    expect(page.get_by_test_id("due")).to_have_text(f"¥{TOTAL}")
    expect_sentences(page.get_by_test_id("discount"))
    expect(page.get_by_test_id("gift")).to_be_visible()
    expect(page.get_by_test_id("progress").filter(has_text=PROGRESS)).to_be_visible()
    keep_in_all_widths(page, screenshot, "promotions-checkout")
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("order-state")).to_have_text("待接单")
    expect(page.get_by_test_id("total")).to_have_text(f"¥{TOTAL}")
    expect_sentences(page.get_by_test_id("discount"))
    gift = page.get_by_test_id("line").filter(has_text="茶杯")
    expect(gift).to_contain_text("赠品")
    expect(gift).to_contain_text("¥0.00")
    keep_in_all_widths(page, screenshot, "promotions-order")


def buy_at_the_till(till: Page, phone: str, screenshot: Screenshot) -> None:
    """The same basket by its bar codes: the same total and sentences on the screen and the receipt."""
    count = 0
    for code, quantity in BASKET.items():
        for _ in range(quantity):
            type_line(till, GOODS[code][2])
            count += 1
            expect(till.locator(".lines .cut button")).to_have_count(count if count > 1 else 0)
    type_line(till, phone)
    expect_due(till, TOTAL)
    expect_sentences(till.get_by_test_id("discount"))
    expect(till.get_by_test_id("gift")).to_have_text("赠品")
    expect(till.get_by_test_id("progress").filter(has_text=PROGRESS)).to_be_visible()
    expect(till.locator(".lines del").first).to_have_text("50.00")
    screenshot(till, "promotions-till")
    fill_form(till, "F7", "300")
    expect_status(till, "找零 7.00")
    slip = read_slip(till)
    for sentence, yuan in SENTENCES.items():
        assert f"{sentence} -￥{yuan}" in slip, (sentence, slip)
    assert f"合计 ￥{TOTAL}" in slip
    assert "赠品 茶杯 ￥0.00" in slip
    screenshot(till, "promotions-slip")


def expect_sentences(discounts: Any) -> None:
    """Each sentence with its amount, and no others."""
    expect(discounts).to_have_count(len(SENTENCES))
    for sentence, yuan in SENTENCES.items():
        expect(discounts.filter(has_text=sentence)).to_contain_text(yuan)
