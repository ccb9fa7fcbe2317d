"""The console from the sign-in to an export: one story of an administrator, then the same pages on a phone."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.console_pages import (
    WIDE,
    check_menu,
    check_page,
    field,
    fill_sign_in,
    open_menu_entry,
    submit_form,
)
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import FIRST_PHONE, LOGIN, MEMBERS, PASSWORD

PAGE_SIZE = 15


def test_administrator_works_in_the_console(
    running_app: RunningApp,
    console_staff: dict[str, str],
    open_page: OpenPage,
    console_errors: list[str],
    tmp_path: Path,
) -> None:
    page = open_page(running_app.web + console_staff["link"], viewport=WIDE)
    sign_in_by_link(page)
    sign_out(page)
    page.goto(f"{running_app.web}/console/members")
    sign_in_after_a_wrong_password(page, console_errors)
    find_members(page)
    tabs_keep_what_was_typed(page)
    export_members(page, tmp_path)
    create_role_and_account(page, console_errors)
    see_the_operation_log(page)
    use_the_pages_on_a_phone(page)
    sign_out(page)


@pytest.mark.deep
def test_every_page_of_the_menu_and_its_first_row_are_without_flaws(
    running_app: RunningApp, console_staff: dict[str, str], open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    expect(page.locator(".console > .side")).to_be_visible()
    assert "/members" in check_menu(page, errors=console_errors)


def sign_in_by_link(page: Page) -> None:
    """The owner of the link chooses a password; the token leaves the address."""
    expect(page.locator(".notice")).to_contain_text("商家代码 walk，账号 second")
    assert "#" not in page.url
    check_page(page, "link", axe=False)  # the deep test checks all pages
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=again]").fill("something else")
    page.get_by_test_id("choose").click()
    expect(page.get_by_test_id("failure")).to_have_text("两次填写的密码不一致")
    page.locator("input[name=again]").fill(PASSWORD)
    page.get_by_test_id("choose").click()
    expect(page.get_by_test_id("own-menu")).to_contain_text("李店长")


def sign_in_after_a_wrong_password(page: Page, console_errors: list[str]) -> None:
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    check_page(page, "sign-in", errors=console_errors)
    fill_sign_in(page, tenant="walk", login=LOGIN, password="wrong horse 7")
    expect(page.get_by_test_id("failure")).to_have_text("账号或密码不正确")
    console_errors.clear()  # Chromium writes a line about the 401
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    expect(page.locator(".breadcrumb")).to_have_text("客户中心会员账号")


def find_members(page: Page) -> None:
    """The list is paged, sorted and filtered, and its address shows the same list again."""
    rows, shown = page.locator(".el-table__row"), page.get_by_test_id("range")
    expect(shown).to_have_text(f"显示 1 至 {PAGE_SIZE} 共 {MEMBERS} 条")
    check_page(page, "members")
    page.locator(".el-pager li", has_text="3").click()
    expect(shown).to_have_text(f"显示 31 至 {MEMBERS} 共 {MEMBERS} 条")
    page.reload()
    expect(shown).to_have_text(f"显示 31 至 {MEMBERS} 共 {MEMBERS} 条")
    page.get_by_test_id("page-size").select_option("50")
    expect(rows).to_have_count(MEMBERS)
    search = page.locator("[data-filter=search] input")
    search.fill(str(FIRST_PHONE))
    search.press("Enter")
    expect(shown).to_have_text("显示 1 至 1 共 1 条")
    expect(rows).to_contain_text(["139****0001"])
    assert str(FIRST_PHONE) not in page.url


def tabs_keep_what_was_typed(page: Page) -> None:
    open_menu_entry(page, "用户角色", "安全角色")
    page.locator("[data-filter=search] input").fill("店")
    page.locator(".tabs a", has_text="会员账号").click()
    expect(page.locator("[data-filter=search] input")).to_have_value(str(FIRST_PHONE))
    page.locator(".tabs a", has_text="安全角色").click()
    expect(page.locator("[data-filter=search] input")).to_have_value("店")
    page.get_by_role("button", name="关闭安全角色").click()
    expect(page.locator(".tabs li")).to_have_count(1)


def export_members(page: Page, folder: Path) -> None:
    """The file holds the members of the filter."""
    page.get_by_test_id("reset").click()
    expect(page.locator(".el-table__row")).to_have_count(MEMBERS)
    with page.expect_download() as started:
        page.get_by_test_id("export").click()
    started.value.save_as(folder / "members.xlsx")
    expect(page.get_by_test_id("export-state")).to_contain_text(f"共 {MEMBERS} 行")
    with zipfile.ZipFile(folder / "members.xlsx") as workbook:
        assert workbook.read("xl/worksheets/sheet1.xml").count(b"<row ") == MEMBERS + 1
    page.get_by_role("button", name="关闭", exact=True).click()


def create_role_and_account(page: Page, console_errors: list[str]) -> None:
    """A field that is wrong says so; the link of the new account is shown once."""
    open_menu_entry(page, "用户角色", "安全角色")
    expect(page.locator(".el-table__row").first).to_be_visible()
    check_page(page, "roles", axe=False)
    page.get_by_test_id("create").click()
    submit_form(page)
    expect(page.locator(".el-form-item__error").first).to_have_text("请填写角色名称")
    field(page, "name").fill("夜班客服")
    field(page, "key").fill("night_service")
    page.locator(".el-tree-node", has_text="客户中心").locator(".el-checkbox").first.click()
    submit_form(page)
    expect(page.locator(".el-table__row", has_text="night_service")).to_contain_text("项")
    open_menu_entry(page, "用户角色", "用户账号")
    page.get_by_test_id("create").click()
    field(page, "login").fill("Ni Hao")
    page.locator('[data-field="roles"] .el-select').click()
    role = page.locator(".el-select-dropdown__item", has_text="夜班客服")
    role.click()
    if (
        role.get_attribute("aria-selected") != "true"
    ):  # the list moved under the pointer when its options came
        role.click()
    page.locator(".el-dialog__title:visible").click()
    submit_form(page)
    expect(page.locator('[data-field="login"] .el-form-item__error')).to_be_visible()
    console_errors.clear()  # and a line about the 422
    field(page, "login").fill("night")
    submit_form(page)
    expect(page.get_by_test_id("secret")).to_be_visible()
    page.get_by_role("button", name="关闭", exact=True).click()
    expect(page.locator(".el-table__row", has_text="night")).to_contain_text("夜班客服")


def see_the_operation_log(page: Page) -> None:
    open_menu_entry(page, "用户角色", "操作日志")
    expect(page.locator(".el-table__row", has_text="roles.create").first).to_be_visible()


def use_the_pages_on_a_phone(page: Page) -> None:
    """The menu is a drawer there."""
    page.set_viewport_size(PHONE)
    page.get_by_test_id("menu-button").click()
    page.locator(".drawer-menu").get_by_role("link", name="用户账号").click()
    expect(page.locator(".drawer-menu")).to_be_hidden()
    expect(page.locator(".el-table__row").first).to_be_visible()
    check_page(page, "staff")


def sign_out(page: Page) -> None:
    page.get_by_test_id("own-menu").click()
    page.get_by_role("menuitem", name="退出").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()


pytestmark = pytest.mark.timeout(900)  # every page of the menu at two widths on a busy machine
