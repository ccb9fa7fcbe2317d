"""Stock in the console: goods are received, counted against what an order reserves, and their movements are read."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD


@pytest.fixture(scope="module")
def seeded(running_app: RunningApp, console_staff: dict[str, str]) -> dict[str, str]:
    return running_app.run_seed("tests.browser.seed_stock", "walk")


def test_staff_receive_and_count_stock(
    running_app: RunningApp, seeded: dict[str, str], open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    open_menu_entry(page, "商品中心", "库存")
    milk, tea = (rows(page).filter(has_text=name) for name in ("鲜牛奶", "西湖龙井 250g"))
    expect(milk).to_contain_text("预警")
    check_page(page, "stock", errors=console_errors)
    receive(page, shop="S4", sku="鲜牛奶", quantity=20, errors=console_errors)
    expect(milk).to_contain_text("充足")
    tea.get_by_role("link", name="西湖龙井 250g").click()
    expect(page.get_by_role("heading", name="西湖龙井 250g")).to_be_visible()
    count_tea(page, console_errors)
    expect(rows(page).first).to_contain_text("盘点")
    expect(rows(page)).to_have_count(6)
    check_page(page, "stock-detail", errors=console_errors)


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def receive(page: Page, *, shop: str, sku: str, quantity: int, errors: list[str] | None = None) -> None:
    page.get_by_role("button", name="商品入库").click()
    for prop, text, option in (("shop", shop, f"{shop} "), ("sku", sku[:3], sku)):
        page.locator(f'.el-dialog [data-field="{prop}"] .el-select').click()
        page.locator(f'.el-dialog [data-field="{prop}"] input').fill(text)
        page.locator(".el-select-dropdown__item:visible", has_text=option).click()
    field(page, "quantity").fill(str(quantity))
    check_page(page, "stock-receipt", errors=errors, axe=False)
    submit_form(page)
    expect(page.locator(".el-dialog:visible")).to_have_count(0)


def count_tea(page: Page, errors: list[str]) -> None:
    """Fewer than an order reserves are refused beside the field."""
    page.get_by_role("button", name="盘点").click()
    field(page, "counted").fill("1")
    field(page, "counted").press("Tab")
    expect(page.locator(".el-dialog:visible")).to_contain_text("盘亏 35 件")
    submit_form(page)
    expect(page.locator('.el-dialog [data-field="counted"]')).to_contain_text("已有 2 件被订单占用")
    check_page(page, "stock-count", errors=None, axe=False)
    errors.clear()  # an answer of 409 is reported by the browser
    field(page, "counted").fill("35")
    field(page, "counted").press("Tab")
    submit_form(page)
    expect(page.locator(".el-dialog:visible")).to_have_count(0)


pytestmark = pytest.mark.timeout(240)
