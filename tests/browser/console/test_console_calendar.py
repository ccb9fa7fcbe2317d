"""The marketing calendar in a browser: the month with what runs, turned, filtered, and opened by a click."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, fill_sign_in, open_menu_entry
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD


def test_the_calendar_shows_the_month_and_opens_an_entry(
    running_app: RunningApp, console_staff: dict[str, str], open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    open_menu_entry(page, "营销活动", "营销日历")
    bar = page.get_by_test_id("calendar-bar").first
    expect(bar).to_be_visible()
    check_page(page, "marketing-calendar", errors=console_errors)
    name = bar.inner_text().partition(" · ")[0]
    month = page.get_by_test_id("calendar-period").inner_text()
    page.get_by_role("button", name="往后").click()
    expect(page.get_by_test_id("calendar-period")).not_to_have_text(month)
    page.get_by_role("button", name="今天").click()
    expect(page.get_by_test_id("calendar-period")).to_have_text(month)

    page.locator('[data-filter="state"] .el-select').click()
    page.get_by_role("option", name="已拒绝").click()
    expect(page.get_by_text("这段时间没有活动")).to_be_visible()
    page.get_by_test_id("reset").click()
    page.locator("main [aria-current=date]").click()
    entry = page.get_by_test_id("calendar-list").get_by_role("link", name=name).first
    expect(entry).to_be_visible()
    check_page(page, "marketing-calendar-day", errors=console_errors, axe=False)
    entry.click()
    expect(page.locator(".detail-head h2")).to_contain_text(name.partition("（")[0])
