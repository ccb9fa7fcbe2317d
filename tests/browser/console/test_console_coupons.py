"""Coupons at the console: one writes and submits, another approves, it is listed and given, and the figures tell."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import (
    WIDE,
    check_page,
    confirm,
    field,
    fill_sign_in,
    open_menu_entry,
    submit_form,
)
from tests.browser.running_app import RunningApp
from tests.browser.seed_console_coupons import APPROVER, AUTHOR, PASSWORD

NAME = "夏日十元券"
IS_DEEP = bool(os.environ["DEEP"])  # pictures and the other pages take more time than the story


@pytest.fixture(scope="module")
def card(running_app: RunningApp) -> str:
    """The card of a member, beside an author and an approver of coupons."""
    return str(running_app.run_seed("tests.browser.seed_console_coupons", "walk")["card"])


def test_a_coupon_goes_from_its_draft_to_its_figures(
    running_app: RunningApp, card: str, open_page: OpenPage, console_errors: list[str]
) -> None:
    author = open_page(f"{running_app.web}/console/coupon-rules", viewport=WIDE)
    fill_sign_in(author, tenant="walk", login=AUTHOR, password=PASSWORD)
    expect(author.locator(".el-table__row").first).to_be_visible()
    check_look(author, "coupon-rules", errors=console_errors)
    write_and_submit(author)
    approver = open_page(f"{running_app.web}/console/approvals", viewport=WIDE)
    fill_sign_in(approver, tenant="walk", login=APPROVER, password=PASSWORD)
    approve(approver, console_errors)
    list_on_and_give(author, card)
    see_figures(author, console_errors)
    if IS_DEEP:
        find_the_coupon(author, card, console_errors)
        see_the_gift(author, console_errors)


def check_look(page: Page, name: str, *, errors: list[str]) -> None:
    """Check layout, texts and accessibility of the open page in a deep run."""
    if IS_DEEP:
        check_page(page, name, errors=errors)


def write_and_submit(page: Page) -> None:
    """The phone beside the form follows what is typed; a missing field is named."""
    page.get_by_test_id("create-amount_off").click()
    field(page, "name").fill(NAME)
    phone = page.get_by_test_id("phone-preview")
    expect(phone).to_contain_text(NAME)
    page.get_by_test_id("form-extra").click()
    expect(page.locator('[data-field="off_fen"] .el-form-item__error')).to_have_text("请填写减多少")
    field(page, "off_fen").fill("10")
    field(page, "threshold_fen").fill("50")
    expect(phone).to_contain_text("满 50 元减 10 元")
    choose(page, "cost_centre", "市场部")
    page.get_by_test_id("form-extra").click()
    choose(page, "approver", "老王")
    submit_form(page)
    expect(page.locator(".el-table__row", has_text=NAME)).to_contain_text("审批中")


def choose(page: Page, prop: str, label: str) -> None:
    page.locator(f'.el-dialog:visible [data-field="{prop}"] .el-select').click()
    page.locator(".el-select-dropdown__item:visible", has_text=label).click()


def approve(page: Page, errors: list[str]) -> None:
    """The approver reads the coupon as it will act."""
    expect(page.locator(".el-table__row", has_text=NAME)).to_contain_text("小李")
    check_look(page, "approvals", errors=errors)
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_test_id("phone-preview")).to_contain_text("满 50 元减 10 元")
    check_look(page, "approval", errors=errors)
    page.get_by_test_id("approve").click()
    submit_form(page)
    expect(page.get_by_test_id("approval")).to_contain_text("已通过")


def list_on_and_give(page: Page, card: str) -> None:
    page.get_by_test_id("refresh").click()
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_test_id("phone-preview")).to_be_visible()
    page.get_by_role("button", name="上架").click()
    confirm(page)
    page.get_by_role("button", name="发券", exact=True).click()
    field(page, "member").fill(card)
    submit_form(page)
    expect(page.locator(".el-message", has_text="券码")).to_be_visible()


def see_figures(page: Page, errors: list[str]) -> None:
    check_look(page, "coupon-rule", errors=errors)
    page.get_by_role("tab", name="数据分析").click()
    expect(page.get_by_test_id("figures").locator(".tile").first).to_contain_text("1")
    expect(page.locator(".chart svg")).to_be_visible()
    check_look(page, "coupon-figures", errors=errors)


def find_the_coupon(page: Page, card: str, errors: list[str]) -> None:
    """The coupon is found by the member's card, and voided with a reason."""
    open_menu_entry(page, "卡券中心", "优惠券")
    page.locator("[data-filter=member] input").fill(card)
    page.locator("[data-filter=member] input").press("Enter")
    expect(page.locator(".el-table__row")).to_have_count(1)
    check_look(page, "coupons", errors=errors)
    page.locator(".el-table__row a").first.click()
    page.get_by_role("button", name="作废").click()
    field(page, "reason").fill("发错了")
    submit_form(page)
    page.get_by_role("tab", name="变动记录").click()
    expect(page.locator(".page")).to_contain_text("发错了")
    check_look(page, "coupon", errors=errors)


def see_the_gift(page: Page, errors: list[str]) -> None:
    open_menu_entry(page, "卡券中心", "转赠记录")
    expect(page.locator(".el-table__row")).to_contain_text(["已被领取"])
    check_look(page, "coupon-gifts", errors=errors)
    page.get_by_role("button", name="详情").first.click()
    expect(page.locator(".el-drawer:visible")).to_contain_text("接受转赠")
    check_look(page, "coupon-gift", errors=errors)
