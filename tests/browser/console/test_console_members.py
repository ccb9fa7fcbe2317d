"""A member at the console: found by phone, read, frozen, credited with points, merged and parted again."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, confirm, field, fill_sign_in, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import FIRST_PHONE, LOGIN, PASSWORD

PHONE, OTHER_PHONE = str(FIRST_PHONE + 4), str(FIRST_PHONE + 6)


def test_a_clerk_serves_a_member(running_app: RunningApp, console_staff: None, open_page: OpenPage) -> None:
    page = open_page(f"{running_app.web}/console/members", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    find_by_phone(page)
    read_the_page(page)
    freeze_and_unfreeze(page)
    credit_points(page)
    merge_and_undo(page)


def check(page: Page, name: str) -> None:
    """Check a page in the deep run only, which keeps the story short. Lists are checked by `test_console_basics`."""
    if os.environ["DEEP"]:
        check_page(page, name)


def find_by_phone(page: Page) -> None:
    search = page.locator("[data-filter=search] input")
    search.fill(PHONE)
    search.press("Enter")
    expect(page.get_by_test_id("range")).to_have_text("显示 1 至 1 共 1 条")
    page.locator(".el-table__row a").click()
    expect(page.locator(".detail-head h2")).to_be_visible()


def read_the_page(page: Page) -> None:
    """Personal data are masked until they are asked for, which is logged."""
    expect(fact(page, "手机")).to_have_text("139****0005")
    check(page, "member")
    button(page, "看个人信息").click()
    confirm(page)
    expect(fact(page, "手机")).to_have_text(f"+86{PHONE}")
    button(page, "隐藏个人信息").click()
    expect(fact(page, "手机")).to_have_text("139****0005")
    page.get_by_role("tab", name="行为记录").click()
    expect(row(page, "注册")).to_be_visible()


def freeze_and_unfreeze(page: Page) -> None:
    for action, state in (("冻结", "冻结"), ("解冻", "正常")):
        button(page, action).click()
        field(page, "reason").fill("顾客来电核实")
        submit(page)
        expect(fact(page, "会员状态")).to_have_text(state)


def credit_points(page: Page) -> None:
    button(page, "调整积分").click()
    field(page, "amount").fill("120")
    field(page, "reason").fill("补登小票")
    submit(page)
    expect(fact(page, "积分")).to_contain_text("120")
    page.get_by_role("tab", name="积分记录").click()
    expect(row(page, "补登小票")).to_contain_text("+120")
    page.locator(".el-tab-pane .el-table__row a").first.click()
    expect(page.locator(".detail-head h2")).to_contain_text("积分记录")
    check(page, "point-entry")
    page.go_back()


def merge_and_undo(page: Page) -> None:
    """Both accounts stand side by side before they become one."""
    choose_more(page, "合并会员")
    field(page, "other").fill(OTHER_PHONE)
    submit(page)
    expect(page.locator(".el-dialog table.plain")).to_contain_text("139****0007")
    check(page, "member-merge")
    field(page, "proof").fill("本人到店确认")
    submit(page)
    page.get_by_role("tab", name="合并").click()
    row(page, "本人到店确认").get_by_role("button", name="撤销合并").click()
    field(page, "reason").fill("不是同一人")
    submit(page)
    expect(row(page, "不是同一人")).to_be_visible()


def button(page: Page, name: str):
    return page.locator(".detail-head").get_by_role("button", name=name, exact=True)


def choose_more(page: Page, name: str) -> None:
    page.get_by_test_id("more").click()
    page.get_by_role("menuitem", name=name).click()


def submit(page: Page) -> None:
    submit_form(page)


def fact(page: Page, label: str):
    return page.locator(".fact", has=page.get_by_text(label, exact=True)).locator("dd")


def row(page: Page, text: str):
    return page.locator(".el-tab-pane .el-table__row:visible", has_text=text)


pytestmark = [pytest.mark.timeout(240), pytest.mark.deep]
