"""Orders of the shop in the console: accepted, refunded by line, entered for a customer, lowered and invoiced."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import FIRST_PHONE, LOGIN, PASSWORD


@pytest.fixture(scope="module")
def seeded(running_app: RunningApp, console_staff: dict[str, str]) -> dict[str, str]:
    return running_app.run_seed("tests.browser.seed_shop_orders", "walk")


def test_staff_handle_orders_of_the_shop(
    running_app: RunningApp, seeded: dict[str, str], open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    page.get_by_test_id("waiting").get_by_role("link", name="商城订单待接单").click()
    expect(page.get_by_role("link", name=seeded["paid"])).to_be_visible()
    expect(page.get_by_role("link", name=seeded["unpaid"])).to_have_count(0)
    check_page(page, "shop-orders", errors=console_errors, axe=False)
    accept_and_refund(page, seeded["paid"], console_errors)
    hand_over(page, seeded["code"], console_errors)
    enter_order(page, console_errors)
    change_quantities(page)
    lower_price(page)
    issue_invoice(page, seeded["paid"], console_errors)


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def accept_and_refund(page: Page, number: str, errors: list[str]) -> None:
    page.get_by_role("link", name=number).click()
    page.get_by_role("button", name="接单", exact=True).click()
    expect(page.locator(".facts")).to_contain_text("备货中")
    check_page(page, "shop-order", errors=errors, axe=False)
    page.get_by_role("button", name="退款", exact=True).click()
    units = page.get_by_role("spinbutton", name="碧螺春 退货数量")
    units.fill("1")
    units.press("Tab")
    field(page, "reason").fill("缺货")
    check_page(page, "shop-order-refund", errors=errors, axe=False)
    submit_form(page)
    question = page.get_by_role("dialog").filter(has_text="应退 50.00 元")
    question.get_by_role("button", name="确定").click()
    expect(page.locator(".el-dialog:visible")).to_have_count(0)
    page.get_by_role("tab", name="流转记录").click()
    expect(rows(page).filter(has_text="缺货")).to_contain_text(LOGIN)


def choose(page: Page, prop: str, text: str, option: str) -> None:
    page.locator(f'.el-dialog [data-field="{prop}"] .el-select').click()
    if text:
        page.locator(f'.el-dialog [data-field="{prop}"] input').first.fill(text)
    page.locator(".el-select-dropdown__item:visible", has_text=option).first.click()


def enter_order(page: Page, errors: list[str]) -> None:
    open_menu_entry(page, "交易中心", "商城订单")
    page.get_by_test_id("create").locator("visible=true").click()
    choose(page, "member", str(FIRST_PHONE), "139****0001")
    choose(page, "shop", "S4", "S4 ")
    choose(page, "lines", "suannai", "酸奶")
    choose(page, "kind", "", "送货上门")
    choose(page, "address_id", "", "填写其他地址")
    choose(page, "province", "", "上海市")
    choose(page, "district", "", "黄浦区")
    expect(page.locator('.el-dialog [data-field="city"]')).to_contain_text("上海市")
    choose(page, "kind", "", "到店自提")
    check_page(page, "shop-order-entry", errors=errors)
    submit_form(page)
    question = page.get_by_role("dialog").filter(has_text="订单金额 6.00 元")
    question.get_by_role("button", name="确定").click()
    expect(page.locator(".facts")).to_contain_text("待付款")


def change_quantities(page: Page) -> None:
    page.get_by_role("button", name="改数量").click()
    field(page, "line_1").fill("2")
    field(page, "reason").fill("顾客来电")
    submit_form(page)
    expect(page.locator(".facts")).to_contain_text("12.00")


def lower_price(page: Page) -> None:
    page.get_by_role("button", name="改价").click()
    field(page, "amount_fen").fill("1.5")
    field(page, "reason").fill("老顾客")
    submit_form(page)
    expect(page.locator(".facts")).to_contain_text("10.50")
    page.get_by_role("button", name="取消订单").click()
    field(page, "reason").fill("顾客不要了")
    submit_form(page)
    expect(page.locator(".facts")).to_contain_text("已关闭")


def hand_over(page: Page, code: str, errors: list[str]) -> None:
    """The paid order is ready, and its goods leave by the code that the customer shows."""
    page.get_by_role("button", name="备货完成").click()
    page.get_by_role("button", name="交付", exact=True).click()
    field(page, "pickup_code").fill("000000" if code != "000000" else "111111")
    submit_form(page)
    expect(page.get_by_text("提货码不正确").first).to_be_visible()
    errors.clear()  # the wrong code was expected to fail
    field(page, "pickup_code").fill(code)
    submit_form(page)
    expect(page.locator(".facts")).to_contain_text("已完成")


def issue_invoice(page: Page, number: str, errors: list[str]) -> None:
    open_menu_entry(page, "交易中心", "开票申请")
    row = rows(page).filter(has_text=number)
    expect(row).to_contain_text("56.00")
    row.get_by_role("button", name="登记发票").click()
    field(page, "invoice_number").fill("24310000000012345678")
    submit_form(page)
    expect(row).to_contain_text("已开票")
    check_page(page, "invoice-requests", errors=errors, axe=False)


pytestmark = pytest.mark.timeout(360)
