"""Goods in the console: a category, a product with pictures and two SKUs, published and sold in a shop at its price.

It is named by a product group, its code is printed, and customers see it on the page that the code opens.
"""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.console_pages import WIDE, check_page, confirm, field, fill_sign_in, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD
from tests.browser.test_payments import keep_in_all_widths
from tests.console.test_pictures import make_picture

SKUS = (("P1-100", "100g", "88"), ("P1-250", "250g", "199.9"))


def test_goods_are_made_published_and_sold_in_a_shop(
    running_app: RunningApp,
    console_staff: dict[str, str],
    open_page: OpenPage,
    screenshot: Callable[..., None],
    tmp_path: Path,
) -> None:
    page = open_page(f"{running_app.web}/console/categories", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    create_category(page)
    create_product(page, running_app.web, tmp_path)
    publish_and_take_over(page)
    address = print_codes(page)
    name_by_group(page, running_app.web)
    phone = open_page(running_app.web + address)
    see_by_code(phone, name="西湖龙井")
    keep_in_all_widths(phone, screenshot, "goods-by-code")
    page.goto(f"{running_app.web}/console/goods?search=xhlj")
    expect(page.locator(".el-table__row")).to_have_count(1)
    check_page(page, "goods")
    page.set_viewport_size(PHONE)
    check_page(page, "goods-phone", axe=False)


def create_category(page: Page) -> None:
    page.get_by_test_id("create").click()
    field(page, "code").fill("C1")
    field(page, "name").fill("茶叶")
    submit_form(page)
    expect(page.locator(".el-table__row").filter(has_text="茶叶")).to_have_count(1)
    check_page(page, "categories")


def create_product(page: Page, web: str, folder: Path | None = None) -> None:
    page.goto(f"{web}/console/goods")
    page.get_by_test_id("create").click()
    for name, value in (("code", "P1"), ("name", "西湖龙井"), ("specifications", "净含量")):
        field(page, name).fill(value)
    choose(page, "category", "茶叶")
    for number, (code, weight, price) in enumerate(SKUS):
        page.get_by_role("button", name="添加规格").click()
        inputs = page.locator(f'[data-field="skus"] [aria-label="第 {number + 1} 行"] input')
        for place, value in ((0, code), (1, weight), (3, price)):
            inputs.nth(place).fill(value)
    if folder:
        add_pictures(page, folder)
    check_page(page, "product-form", axe=False)
    submit_form(page)
    expect(page.locator(".detail-head h2")).to_have_text("西湖龙井")


def add_pictures(page: Page, folder: Path) -> None:
    """Two pictures, of which the second becomes the first, and one in the description."""
    for number in (1, 2):
        file = folder / f"{number}.png"
        file.write_bytes(make_picture(size=(200 * number, 200)))
        page.get_by_label("上传图片").set_input_files(file)
        expect(page.locator(".pictures-input img")).to_have_count(number)
    page.get_by_role("button", name="图片 2 前移").click()
    description = page.get_by_role("textbox", name="图文详情")
    description.fill("明前手工采摘")
    page.get_by_label("在图文详情中插入图片").set_input_files(folder / "1.png")
    expect(description.locator("img")).to_have_count(1)
    page.locator('[data-field="is_hot"] .el-switch').click()


def publish_and_take_over(page: Page) -> None:
    page.get_by_role("button", name="上架", exact=True).click()
    expect(page.locator(".facts").first).to_contain_text("已上架")
    page.get_by_role("button", name="门店引入").click()
    choose(page, "shop", "S1")
    submit_form(page)
    page.get_by_role("tab", name="门店商品").click()
    page.locator(".el-tab-pane:visible").get_by_role("button", name="编辑").last.click()
    field(page, "price_fen").fill("180")
    field(page, "rack_area").fill("A")
    submit_form(page)
    expect(page.locator(".el-tab-pane:visible")).to_contain_text("180.00")
    check_page(page, "product")


def print_codes(page: Page) -> str:
    """Open the print sheet and return the address of the first code, below that of the site."""
    page.get_by_role("button", name="扫描购二维码").click()
    choose(page, "shop", "S1")
    with page.expect_response(re.compile("/goods-codes[?]")) as answer:
        submit_form(page)
    expect(page.get_by_test_id("goods-code")).to_have_count(len(SKUS))
    picture = page.get_by_test_id("goods-code").first.locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
    check_page(page, "goods-codes")
    return re.sub("^https?://[^/]+", "", answer.value.json()["data"]["list"][0]["url"])


def name_by_group(page: Page, web: str) -> None:
    page.goto(f"{web}/console/product-groups")
    page.get_by_test_id("create").click()
    field(page, "code").fill("SPRING")
    field(page, "name").fill("春茶")
    choose(page, "categories", "茶叶")
    page.keyboard.press("Escape")
    submit_form(page)
    expect(page.locator(".detail-head h2")).to_have_text("春茶")
    page.get_by_role("button", name="添加商品").click()
    field(page, "codes").fill("P1 P404")
    submit_form(page)
    expect(page.locator(".detail-page .el-table__row")).to_contain_text("西湖龙井")
    check_page(page, "product-group")
    page.get_by_role("button", name="启用").click()
    confirm(page)
    expect(page.locator(".facts").first).to_contain_text("已启用")
    page.goto(f"{web}/console/product-groups")
    check_page(page, "product-groups")
    page.goto(f"{web}/console/point-rules")
    page.get_by_test_id("create").click()
    choose(page, "category", "春茶")


def see_by_code(page: Page, *, name: str) -> None:
    """The page of a scanned code shows the product with the SKU of the code, its pictures and its description."""
    sheet = page.get_by_test_id("sku-sheet")
    expect(sheet.locator("h2")).to_have_text(name)
    expect(sheet.locator(".chip.on")).to_have_text("100g")
    expect(page.get_by_test_id("goods-name")).to_have_text(name)
    expect(page.locator(".goods-tags")).to_have_text("热销")
    expect(page.locator(".goods-swipe img")).to_have_count(2)
    expect(page.locator(".goods-description")).to_contain_text("明前手工采摘")
    picture = page.locator(".goods-description img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 200
    first = page.locator(".goods-swipe img").first
    assert first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 400
    page.locator(".van-popup__close-icon").click()
    expect(sheet).to_be_hidden()


def choose(page: Page, prop: str, text: str) -> None:
    page.locator(f'.el-dialog:visible [data-field="{prop}"] .el-select').click()
    options = page.locator(".el-select-dropdown:visible .el-select-dropdown__item")
    options.filter(has_text=text).first.click()
