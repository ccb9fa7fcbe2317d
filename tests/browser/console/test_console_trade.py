"""Trade in the console: a sale of the till is found by the member's phone, a line is refunded, the day is exported."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import (
    WIDE,
    check_page,
    check_pages,
    field,
    fill_sign_in,
    open_menu_entry,
    submit_form,
)
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import FIRST_PHONE, LOGIN, PASSWORD

PAGES = (
    "/order-lines", "/payments", "/stored-value", "/stored-value-entries", "/top-ups", "/refund-requests", "/shifts",
    "/payment-report", "/terminals",
    "/cashiers", "/collection-codes", "/merchants",
)  # fmt: skip


@pytest.fixture(scope="module")
def seeded(running_app: RunningApp, console_staff: dict[str, str]) -> dict[str, str]:
    return running_app.run_seed("tests.browser.seed_trade", "walk")


def test_staff_refund_a_line_of_a_sale_and_export_the_day(
    running_app: RunningApp,
    seeded: dict[str, str],
    open_page: OpenPage,
    console_errors: list[str],
    tmp_path: Path,
) -> None:
    page = open_page(f"{running_app.web}/console/orders", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    find_the_sale(page, seeded["sale"], console_errors)
    refund_one_line(page, console_errors)
    decide_about_an_abnormal_refund(page, console_errors)
    export_the_day(page, tmp_path)


@pytest.mark.deep
def test_the_pages_of_trade_look_right(
    running_app: RunningApp, seeded: dict[str, str], open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console/orders", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    expect(rows(page).first).to_be_visible()
    see_a_shift_and_an_account(page, seeded, console_errors)
    check_pages(page, PAGES, errors=console_errors)


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def find_the_sale(page: Page, number: str, errors: list[str]) -> None:
    expect(rows(page).first).to_be_visible()
    check_page(page, "orders", errors=errors, axe=False)
    search = page.locator("[data-filter=search] input")
    search.fill(str(FIRST_PHONE))
    search.press("Enter")
    expect(rows(page).get_by_role("link", name=number)).to_have_count(1)
    rows(page).get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", name=f"交易单 {number}")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    check_page(page, "order", errors=errors)


def refund_one_line(page: Page, errors: list[str]) -> None:
    """What goes back is shown before, and cash is paid by a person."""
    page.get_by_role("button", name="退款").click()
    units = page.get_by_role("spinbutton", name="桂花糕 退货数量")
    units.fill("1")
    units.press("Tab")
    expect(units).to_have_value("1")
    field(page, "reason").fill("包装破损")
    check_page(page, "order-refund", errors=errors)
    submit_form(page)
    expect(page.locator('.el-dialog [data-field="terminal"]')).to_contain_text("请选择现金出自哪里")
    page.locator('.el-dialog [data-field="terminal"] .el-select').click()
    page.locator(".el-select-dropdown__item", has_text="不经收银台").click()
    submit_form(page)
    question = page.get_by_role("dialog").filter(has_text="确定退款")
    expect(question).to_contain_text("现金")
    question.get_by_role("button", name="确定").click()
    notice = page.get_by_role("dialog").filter(has_text="请当面退给顾客现金")
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="知道了").click()
    page.get_by_role("tab", name="退货").click()
    expect(rows(page)).to_contain_text(["包装破损"])
    open_menu_entry(page, "交易中心", "退款")
    expect(rows(page).filter(has_text="包装破损")).to_contain_text("已退款")


def decide_about_an_abnormal_refund(page: Page, errors: list[str]) -> None:
    check_page(page, "refunds", errors=errors, axe=False)
    row = rows(page).filter(has_text="少送一件")
    expect(row).to_contain_text("需人工处理")
    row.get_by_role("button", name="处理").click()
    page.locator('.el-dialog [data-field="resolution"] .el-select').click()
    page.locator(".el-select-dropdown__item", has_text="顾客已收到钱").click()
    field(page, "reason").fill("已微信转账")
    submit_form(page)
    expect(rows(page).filter(has_text="少送一件")).to_contain_text("已退款")


def export_the_day(page: Page, folder: Path) -> None:
    """The report of the day opens with today, and its file holds what the page shows."""
    open_menu_entry(page, "数据分析", "支付汇总")
    expect(rows(page).filter(has_text="现金退款").first).to_be_visible()
    with page.expect_download() as started:
        page.get_by_test_id("export").locator("visible=true").click()
    started.value.save_as(folder / "day.xlsx")
    with zipfile.ZipFile(folder / "day.xlsx") as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
    assert "现金退款" in sheet
    page.get_by_role("button", name="关闭", exact=True).click()


def see_a_shift_and_an_account(page: Page, seeded: dict[str, str], errors: list[str]) -> None:
    paths = (f"/shifts/{seeded['shift']}", f"/stored-value/{seeded['card']}", "/collection-codes/S4")
    for path, text in zip(paths, ("短款 1.00", "200.00", "扫码付款"), strict=True):
        check_pages(page, [path], errors=errors)
        expect(page.locator("main")).to_contain_text(text)
    page.wait_for_function("() => document.querySelector('.poster img').naturalWidth === 1000")


pytestmark = pytest.mark.timeout(240)
