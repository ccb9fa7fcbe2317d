"""Settings, agreements, jobs and deliveries, and the person's exports in a browser: one story of an administrator.

`test_console_basics` checks every page of the menu; here are the forms, the drawer and the other tabs.
"""

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
from tests.browser.seed_console import LOGIN, PASSWORD


def test_administrator_sets_up_the_shop(
    running_app: RunningApp, console_staff: None, open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console/settings", viewport=WIDE)
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    change_branding(page, console_errors)
    change_reminders(page)
    publish_agreement(page)
    replay_a_dead_letter(page)
    see_own_exports(page)


def change_branding(page: Page, console_errors: list[str]) -> None:
    """A colour that is too light is refused beside its field."""
    group = page.locator("[data-group=branding]")
    expect(group).to_be_visible()
    group.get_by_role("button", name="编辑品牌形象").click()
    field(page, "display_name").fill("小二优选")
    colour = page.locator('.el-dialog [data-field="colour"] .code')
    colour.fill("#ffffff")
    submit_form(page)
    expect(page.locator('[data-field="colour"] .el-form-item__error')).to_contain_text("颜色太浅")
    console_errors.clear()  # Chromium writes a line about the 422
    colour.fill("#1d5fd1")
    check_page(page, "settings-form")
    submit_form(page)
    expect(group).to_contain_text("小二优选")
    expect(group).to_contain_text("已修改")


def change_reminders(page: Page) -> None:
    """Rows of a table are removed and changed; the defaults come back at once."""
    page.get_by_role("tab", name="消息与短信").click()
    group = page.locator("[data-group=expiry_reminder]")
    group.get_by_role("button", name="编辑到期提醒").click()
    check_page(page, "settings-rows")
    page.get_by_role("button", name="删除积分提醒时间第 2 行").click()
    page.get_by_role("textbox", name="积分提醒时间第 1 行提前天数").fill("60")
    submit_form(page)
    expect(group).to_contain_text("60")
    group.get_by_role("button", name="恢复默认").click()
    confirm(page)
    expect(group).to_contain_text("30、7")


def publish_agreement(page: Page) -> None:
    open_menu_entry(page, "设置", "用户协议")
    expect(page.locator(".el-table__row")).to_have_count(2)
    page.locator(".el-table__row", has_text="隐私政策").get_by_role("button", name="发布新版本").click()
    field(page, "text").fill("我们只收集办理会员所需的信息。")
    submit_form(page)
    expect(page.locator(".el-table__row")).to_have_count(3)


def replay_a_dead_letter(page: Page) -> None:
    open_menu_entry(page, "设置", "任务与投递")
    row = page.locator(".el-table__row", has_text="平台没有响应").first
    expect(row).to_contain_text("失败")
    row.get_by_role("button", name="详情").click()
    drawer = page.get_by_role("dialog", name="投递详情")
    expect(drawer).to_contain_text("优惠券即将过期")
    check_page(page, "delivery")
    drawer.get_by_role("button", name="重放").click()
    expect(drawer).not_to_contain_text("失败")
    drawer.locator(".el-drawer__close-btn").click()
    page.get_by_role("tab", name="定时任务").click()
    check_page(page, "jobs")


def see_own_exports(page: Page) -> None:
    page.get_by_test_id("own-menu").click()
    page.get_by_role("menuitem", name="我的导出").click()
    expect(page.locator(".tabs .current")).to_contain_text("我的导出")
    check_page(page, "my-exports")


pytestmark = [pytest.mark.timeout(240), pytest.mark.deep]
