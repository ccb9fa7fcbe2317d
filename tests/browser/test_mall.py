"""The mall: goods made in the console, a store nearby, cart, payment on the phone, and the till with the code."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.console.test_console_goods import create_category, create_product, publish_and_take_over
from tests.browser.console.test_console_stock import receive
from tests.browser.console_pages import WIDE, fill_sign_in, open_menu_entry
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import PASSWORD
from tests.browser.seed_till import PIN
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import BEIJING, KEY, nearby_url, oauth_url
from tests.browser.test_payments import BRIDGE, WECHAT, Wallet, keep_in_all_widths
from tests.browser.test_till import expect_status, open_shift

Screenshot = Callable[..., None]


@pytest.fixture
def shopper(running_app: RunningApp, open_page: OpenPage) -> tuple[Page, dict[str, str]]:
    """A member in WeChat with points, a coupon and stored value, and the facts of the shop."""
    page = open_page("about:blank", **WECHAT)
    who, phone = person(page, running_app)
    page.expose_function("confirmPayment", Wallet(running_app, who).confirm)
    page.add_init_script(BRIDGE)
    page.goto(oauth_url(running_app, who, address(running_app, "me")))
    register(page, running_app, who, phone)
    return page, running_app.run_seed("tests.browser.seed_mall", "walk", phone)


def test_goods_are_ordered_paid_and_fetched(
    running_app: RunningApp, shopper: tuple[Page, dict[str, str]], open_page: OpenPage, screenshot: Screenshot
) -> None:
    page, facts = shopper
    make_goods(open_page(f"{running_app.web}/console/categories", viewport=WIDE), running_app.web)
    till = open_page(f"{running_app.web}/till", viewport=DESK)
    open_shift(till, facts, cashier="1117", pin=PIN)

    page.goto(nearby_url(running_app, BEIJING))
    page.locator(f"a[href*='{facts['store']}']").first.click()
    page.get_by_test_id("to-goods").click()
    expect(page.get_by_test_id("goods")).to_have_count(2)
    keep_in_all_widths(page, screenshot, "mall-goods")
    page.get_by_test_id("search").fill("xhlj")
    page.get_by_role("button", name="搜索").click()
    expect(page.get_by_test_id("goods")).to_have_count(1)
    page.get_by_role("link", name="西湖龙井").click()
    expect(page.get_by_test_id("goods-name")).to_have_text("西湖龙井")
    keep_in_all_widths(page, screenshot, "mall-product")
    page.get_by_test_id("choose").click()
    page.get_by_test_id("sku-sheet").get_by_text("100g").click()
    page.get_by_test_id("sku-sheet").get_by_label("增加").click()
    screenshot(page, "mall-sku")
    page.get_by_test_id("add-to-cart").click()

    page.goto(f"{running_app.web}/m/cart?a={KEY}")
    expect(page.get_by_test_id("cart-total")).to_have_text("¥171.00")
    keep_in_all_widths(page, screenshot, "mall-cart")
    page.get_by_test_id("checkout").click()
    page.get_by_test_id("use-points").check()
    page.get_by_test_id("stored-value").fill("20")
    page.get_by_test_id("stored-value").press("Tab")
    expect(page.get_by_test_id("due")).to_have_text("¥141.00")
    keep_in_all_widths(page, screenshot, "mall-checkout")
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("order-state")).to_have_text("待接单")
    code = page.get_by_test_id("pickup-code").inner_text()
    keep_in_all_widths(page, screenshot, "mall-order")

    hand_over(till, code, screenshot)
    expect(page.get_by_test_id("order-state")).to_have_text("已完成")
    page.goto(address(running_app, "messages"))
    for title in ("请来取货", "门店已接单", "下单成功"):
        expect(page.get_by_test_id("message").filter(has_text=title).first).to_be_visible()
    page.goto(address(running_app, "orders"))
    expect(page.get_by_test_id("order")).to_have_count(1)
    keep_in_all_widths(page, screenshot, "mall-orders")


def make_goods(console: Page, web: str) -> None:
    """Tea in two sizes is created, published, sold by shop S1, and received."""
    fill_sign_in(console, tenant="walk", login="mall", password=PASSWORD)
    create_category(console)
    create_product(console, web)
    publish_and_take_over(console)
    open_menu_entry(console, "商品中心", "库存")
    receive(console, shop="S1", sku="西湖龙井 100g", quantity=20)
    console.close()


def hand_over(till: Page, code: str, screenshot: Screenshot) -> None:
    """The order rings; the cashier accepts it, prepares it, and types the code of the customer."""
    expect_status(till, "新订单：到店自提 171.00 元")
    expect(till.get_by_test_id("orders")).to_contain_text("1")
    till.get_by_test_id("orders").click()
    till.get_by_test_id("item").filter(has_text="待接单").click()
    till.get_by_test_id("item").filter(has_text="西湖龙井").click()
    screenshot(till, "mall-till-order")
    till.get_by_test_id("item").filter(has_text="接单").click()
    till.get_by_test_id("item").filter(has_text="备货完成").click()
    till.get_by_test_id("item").filter(has_text="交付").click()
    till.locator("input[name=pickup_code]").fill(code)
    till.get_by_test_id("submit").click()
    expect_status(till, "已完成")
