"""The mall: goods made in the console, a store nearby, cart, payment on the phone, and the till with the code."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.console.test_console_goods import create_category, create_product, publish_and_take_over
from tests.browser.console.test_console_stock import receive
from tests.browser.console_pages import WIDE, fill_sign_in, open_menu_entry
from tests.browser.reloading import reload_until
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
    page.who = who
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
    expect(page.get_by_test_id("goods")).to_have_count(3)
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
    expect(page.get_by_text("已加入购物车")).to_be_visible()

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
        reload_until(page, page.get_by_test_id("message").filter(has_text=title))
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


def test_a_visitor_fills_the_cart_signs_in_and_orders(
    running_app: RunningApp, shopper: tuple[Page, dict[str, str]], open_page: OpenPage, screenshot: Screenshot
) -> None:
    member, _ = shopper
    running_app.run_seed("tests.browser.seed_visitor", "walk")
    page = open_page("about:blank", **WECHAT)
    page.expose_function("confirmPayment", Wallet(running_app, member.who).confirm)
    page.add_init_script(BRIDGE)
    page.goto(oauth_url(running_app, member.who, f"{running_app.web}/m/?a={KEY}"))
    expect(page.get_by_test_id("home-recommended")).to_contain_text("鲜牛奶")
    expect(page.get_by_test_id("notices")).to_contain_text("满 69 元免运费")
    keep_in_all_widths(page, screenshot, "mall-home")
    page.get_by_test_id("home-newest").get_by_role("button", name="选购茉莉花茶").click()
    page.get_by_test_id("add-to-cart").click()
    page.get_by_test_id("home-newest").get_by_role("button", name="选购鲜牛奶").click()
    page.get_by_test_id("add-to-cart").click()
    page.get_by_test_id("tab-cart").click()
    expect(page.get_by_test_id("cart-line")).to_have_count(2)
    tea = page.get_by_test_id("cart-line").filter(has_text="茉莉花茶")
    tea.get_by_label("增加").click()
    expect(page.get_by_test_id("cart-total")).to_have_text("¥106.00")
    milk = page.get_by_test_id("cart-line").filter(has_text="鲜牛奶")
    milk.get_by_label("增加").dblclick()  # two quick taps are two units
    expect(milk.get_by_test_id("quantity")).to_have_text("3")
    expect(milk.get_by_label("增加")).to_be_disabled()  # three are left
    keep_in_all_widths(page, screenshot, "mall-visitor-cart")
    page.get_by_test_id("checkout").click()
    expect(page.locator("body[data-signed-in=yes]")).to_be_attached()
    expect(page.get_by_test_id("cart-line")).to_have_count(2)
    assert (
        page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('visitor-cart')).length") == 0
    )
    page.get_by_test_id("checkout").click()
    page.get_by_test_id("submit-order").click()
    expect(page.get_by_test_id("order-state")).to_have_text("待接单")
    page.goto(f"{running_app.web}/m/me?a={KEY}")
    expect(page.get_by_test_id("orders-preparing")).to_have_attribute("aria-label", "备货中，1 单")
    keep_in_all_widths(page, screenshot, "mall-me")
    page.get_by_test_id("orders-preparing").click()
    page.get_by_test_id("order").click()
    cancel(page, screenshot)
    add_address(page, running_app, screenshot)


def cancel(page: Page, screenshot: Screenshot) -> None:
    """The customer cancels with a reason, and the money goes back."""
    page.get_by_test_id("do-cancel").click()
    page.get_by_test_id("confirm-cancel").click()
    expect(page.get_by_test_id("cancel-failure")).to_have_text("请选择原因")
    page.get_by_label("其他原因").check()
    page.get_by_role("textbox", name="其他原因").fill("临时有事")
    screenshot(page, "mall-cancel")
    page.get_by_test_id("confirm-cancel").click()
    expect(page.get_by_test_id("order-state")).to_have_text("已退款")
    expect(page.get_by_test_id("steps")).to_contain_text("临时有事")


def add_address(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    """A municipality has one city, which is chosen by itself."""
    page.goto(address(running_app, "addresses"))
    page.locator("input[name=name]").fill("梅")
    page.locator("input[name=phone]").fill("13800138000")
    page.locator("input[name=detail]").fill("南京东路 1 号")
    page.get_by_test_id("save-address").click()
    expect(page.get_by_test_id("failure")).to_have_text("请选择省、市和区县")
    page.get_by_label("省", exact=True).select_option("上海市")
    page.get_by_label("区县", exact=True).select_option("黄浦区")
    keep_in_all_widths(page, screenshot, "mall-address")
    page.get_by_test_id("save-address").click()
    expect(page.get_by_test_id("address")).to_contain_text("上海市黄浦区南京东路 1 号")


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
    expect(till.get_by_test_id("item").filter(has_text="备货完成")).to_have_count(0)
    till.get_by_test_id("item").filter(has_text="交付").click()
    till.locator("input[name=pickup_code]").fill(code)
    till.get_by_test_id("submit").click()
    expect_status(till, "已完成")
