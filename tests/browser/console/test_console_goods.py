"""Goods in the console: a category, a product with two SKUs, published and sold in a shop at its own price."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD

SKUS = (("P1-100", "100g", "88"), ("P1-250", "250g", "199.9"))


def test_goods_are_made_published_and_sold_in_a_shop(
    running_app: RunningApp, console_staff: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page(f"{running_app.web}/console/categories", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    create_category(page)
    create_product(page, running_app.web)
    publish_and_take_over(page)
    page.goto(f"{running_app.web}/console/goods?search=lj")
    expect(page.locator(".el-table__row")).to_have_count(1)
    check_page(page, "goods")
    page.set_viewport_size(PHONE)
    check_page(page, "goods-phone", axe=False)


def create_category(page: Page) -> None:
    page.get_by_test_id("create").click()
    field(page, "code").fill("C1")
    field(page, "name").fill("茶叶")
    page.get_by_test_id("form-submit").click()
    expect(page.locator(".el-table__row").filter(has_text="茶叶")).to_have_count(1)
    check_page(page, "categories")


def create_product(page: Page, web: str) -> None:
    page.goto(f"{web}/console/goods")
    page.get_by_test_id("create").click()
    for name, value in (("code", "P1"), ("name", "西湖龙井"), ("specifications", "净含量")):
        field(page, name).fill(value)
    choose(page, "category", "茶叶")
    for number, (code, weight, price) in enumerate(SKUS):
        page.get_by_test_id("add-row").click()
        inputs = page.get_by_role("group", name=f"第 {number + 1} 行").locator("input")
        for place, value in ((0, code), (1, weight), (3, price)):
            inputs.nth(place).fill(value)
    check_page(page, "product-form", axe=False)
    page.get_by_test_id("form-submit").click()
    expect(page.locator(".detail-head h2")).to_have_text("西湖龙井")


def publish_and_take_over(page: Page) -> None:
    page.get_by_role("button", name="上架", exact=True).click()
    expect(page.locator(".facts").first).to_contain_text("已上架")
    page.get_by_role("button", name="门店引入").click()
    choose(page, "shop", "S1")
    page.get_by_test_id("form-submit").click()
    page.get_by_role("tab", name="门店商品").click()
    page.locator(".el-tab-pane:visible").get_by_role("button", name="编辑").last.click()
    field(page, "price_fen").fill("180")
    field(page, "rack_area").fill("A")
    page.get_by_test_id("form-submit").click()
    expect(page.locator(".el-tab-pane:visible")).to_contain_text("180.00")
    check_page(page, "product")


def choose(page: Page, prop: str, text: str) -> None:
    page.locator(f'.el-dialog:visible [data-field="{prop}"] .el-select').click()
    options = page.locator(".el-select-dropdown:visible .el-select-dropdown__item")
    options.filter(has_text=text).first.click()
