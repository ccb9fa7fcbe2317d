"""Appointments, the queue and reservations, from the console to the phone, the till and the screen of the shop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry, submit_form
from tests.browser.reloading import reload_until
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD
from tests.browser.seed_till import PIN
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import KEY, oauth_url
from tests.browser.test_payments import WECHAT, keep_in_all_widths
from tests.browser.test_till import expect_status, open_shift

Screenshot = Callable[..., None]
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def facts(running_app: RunningApp, console_staff: dict[str, str]) -> dict[str, str]:
    return running_app.run_seed("tests.browser.seed_bookings", "walk", "till")


@pytest.fixture
def console(running_app: RunningApp, facts: dict[str, str], open_page: OpenPage) -> Page:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    expect(page.locator(".console > .side")).to_be_visible()
    return page


@pytest.fixture
def phone(running_app: RunningApp, open_page: OpenPage) -> Page:
    """A member in WeChat."""
    page = open_page("about:blank", **WECHAT)
    who, number = person(page, running_app)
    page.goto(oauth_url(running_app, who, address(running_app, "me")))
    register(page, running_app, who, number)
    return page


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def choose_shop(page: Page) -> None:
    page.locator('.el-dialog [data-field="shop"] .el-select').click()
    page.locator('.el-dialog [data-field="shop"] input').first.fill("S1")
    page.locator(".el-select-dropdown__item:visible", has_text="S1 ").first.click()


def test_a_member_books_is_reminded_cancels_and_does_not_come(
    running_app: RunningApp, facts: dict[str, str], console: Page, phone: Page, screenshot: Screenshot,
    console_errors: list[str],
) -> None:  # fmt: skip
    open_month(console, console_errors)
    store = f"{running_app.web}/m/stores/{facts['store']}?a={KEY}"
    phone.goto(store)
    phone.get_by_test_id("to-booking").click()
    book(phone, "10:00", screenshot)
    expect(phone.get_by_test_id("state")).to_have_text(["已预约"])
    keep_in_all_widths(phone, screenshot, "bookings-appointments")

    assert running_app.run_seed("tests.browser.seed_bookings", "walk", "remind")["count"] == 1
    phone.goto(address(running_app, "messages"))
    for title in ("预约提醒", "预约成功"):
        reload_until(phone, phone.get_by_test_id("message").filter(has_text=title))
    keep_in_all_widths(phone, screenshot, "bookings-reminder")

    phone.goto(address(running_app, "appointments"))
    phone.get_by_test_id("cancel").click()
    phone.get_by_role("button", name="确认").click()
    expect(phone.get_by_test_id("state")).to_have_text(["已取消"])
    phone.goto(store)
    phone.get_by_test_id("to-booking").click()
    book(phone, "10:00", screenshot)
    expect(phone.get_by_test_id("state")).to_have_text(["已预约", "已取消"])

    see_calendar(console, console_errors)
    assert running_app.run_seed("tests.browser.seed_bookings", "walk", "begin")["count"] == 1
    mark_no_show(console, console_errors)
    phone.goto(address(running_app, "appointments"))
    expect(phone.get_by_test_id("state")).to_have_text(["未到店", "已取消"])
    keep_in_all_widths(phone, screenshot, "bookings-missed")


def open_month(page: Page, errors: list[str]) -> None:
    """Add a service and open next month."""
    open_menu_entry(page, "预约排队", "预约服务")
    page.get_by_test_id("create").locator("visible=true").click()
    choose_shop(page)
    field(page, "name").fill("茶艺体验")
    page.locator('.el-dialog [data-field="form_rows"]').get_by_test_id("add-row").click()
    page.locator('.el-dialog [data-field="form_rows"] .row input').first.fill("人数")
    check_page(page, "service-form", errors=errors)
    submit_form(page)
    page.get_by_role("link", name="茶艺体验").click()
    page.get_by_role("button", name="下个月").click()
    page.get_by_test_id("open-month").click()
    submit_form(page)
    expect(page.locator("button[data-day]").filter(has_text="09:00–18:00")).to_have_count(
        page.locator("button[data-day]").count()
    )
    check_page(page, "service", errors=errors)


def book(phone: Page, time: str, screenshot: Screenshot) -> None:
    phone.get_by_test_id("day").first.click()
    phone.get_by_test_id("slot").filter(has_text=time).click()
    phone.get_by_label("姓名").fill("王小梅")
    phone.get_by_label("手机号").fill("13812345678")
    phone.get_by_label("人数").fill("2")
    keep_in_all_widths(phone, screenshot, "bookings-booking")
    phone.get_by_test_id("book").click()


def see_calendar(page: Page, errors: list[str]) -> None:
    open_menu_entry(page, "预约排队", "预约日历")
    page.get_by_role("button", name="下个月").locator("visible=true").click()
    expect(page.locator("button[data-day]:visible").filter(has_text="预约 1")).to_have_count(1)
    check_page(page, "appointment-calendar", errors=errors)
    page.locator("button[data-day]:visible").filter(has_text="预约 1").click()
    expect(rows(page).filter(has_text="已预约")).to_have_count(1)


def mark_no_show(page: Page, errors: list[str]) -> None:
    page.get_by_test_id("reset").locator("visible=true").click()
    row = rows(page).filter(has_text="王小梅").filter(has_text="已预约")
    page.get_by_test_id("refresh").locator("visible=true").click()
    row.get_by_role("button", name="未到店").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(rows(page).filter(has_text="未到店").filter(has_text="王小梅")).to_have_count(1)
    check_page(page, "appointments", errors=errors)


def test_a_ticket_is_called_on_the_screen(
    running_app: RunningApp, facts: dict[str, str], console: Page, phone: Page, open_page: OpenPage,
    screenshot: Screenshot, console_errors: list[str],
) -> None:  # fmt: skip
    open_menu_entry(console, "预约排队", "排队类型")
    console.get_by_test_id("create").locator("visible=true").click()
    choose_shop(console)
    field(console, "letter").fill("A")
    field(console, "name").fill("小桌")
    submit_form(console)
    expect(rows(console).filter(has_text="小桌")).to_have_count(1)
    check_page(console, "queue-types", errors=console_errors)

    screen = open_page(f"{running_app.web}/m/stores/{facts['store']}/queue-screen?a={KEY}", viewport=WIDE)
    expect(screen.get_by_test_id("screen-type")).to_contain_text("0 位在等")
    phone.goto(f"{running_app.web}/m/stores/{facts['store']}/queue?a={KEY}")
    phone.get_by_test_id("take").click()
    expect(phone.get_by_test_id("ticket-code")).to_have_text("A001")
    expect(phone.get_by_test_id("ticket-state")).to_contain_text("下一位就是您")
    keep_in_all_widths(phone, screenshot, "bookings-queue")
    expect(screen.get_by_test_id("screen-type")).to_contain_text("1 位在等")

    till = open_page(f"{running_app.web}/till", viewport=DESK)
    open_shift(till, facts, cashier="1118", pin=PIN)
    till.keyboard.press("F1")
    till.get_by_test_id("item").filter(has_text="排队叫号").click()
    till.get_by_test_id("item").filter(has_text="小桌").click()
    till.get_by_test_id("item").filter(has_text="叫下一位").click()
    expect_status(till, "正在叫 A001")
    screenshot(till, "bookings-till-queue")
    expect(screen.get_by_test_id("screen-called")).to_have_text("A001")
    keep_in_all_widths(screen, screenshot, "bookings-screen")
    screen.set_viewport_size(WIDE)
    expect(phone.get_by_test_id("ticket-state")).to_contain_text("请就位，已叫 1 次")
    keep_in_all_widths(phone, screenshot, "bookings-called")
    till.get_by_test_id("item").filter(has_text="已就位").click()
    expect(screen.get_by_test_id("screen-called")).to_have_count(0)
    expect(phone.get_by_test_id("ticket-state")).to_contain_text("已就位")
    open_menu_entry(console, "预约排队", "排队记录")
    expect(rows(console).filter(has_text="A001")).to_contain_text("已就位")
    expect(console.get_by_role("button", name="导出").locator("visible=true")).to_be_visible()
    check_page(console, "queue-tickets", errors=console_errors)
    confirm_at_till(
        till, running_app.run_seed("tests.browser.seed_bookings", "walk", "request")["day"], screenshot
    )


def confirm_at_till(till: Page, day: str, screenshot: Screenshot) -> None:
    """Confirm the request of tomorrow in the list of the day."""
    till.keyboard.press("Escape")
    expect(till.get_by_test_id("dialog-list")).to_have_count(0)
    till.keyboard.press("F1")
    till.get_by_test_id("item").filter(has_text="今天的预约").click()
    till.get_by_test_id("item").filter(has_text="后一天").click()
    expect(till.get_by_role("dialog", name=f"预约 · {day}")).to_be_visible()
    screenshot(till, "bookings-till-day")
    till.get_by_test_id("item").filter(has_text="到店面谈").click()
    till.get_by_test_id("item").filter(has_text="确认预约").click()
    expect_status(till, "王小梅 已预约")


def test_a_reservation_is_left_and_followed_up(
    running_app: RunningApp, console: Page, phone: Page, screenshot: Screenshot, console_errors: list[str]
) -> None:
    phone.goto(address(running_app, "reservations"))
    for name, text in {
        "姓名": "王小梅",
        "手机号": "13812345678",
        "商品": "中秋礼盒",
        "数量": "200 盒",
    }.items():
        phone.get_by_label(name).fill(text)
    keep_in_all_widths(phone, screenshot, "bookings-reservation-form")
    phone.get_by_test_id("submit").click()
    expect(phone.get_by_test_id("state")).to_have_text(["待跟进"])

    open_menu_entry(console, "预约排队", "大客户预定")
    check_page(console, "reservations", errors=console_errors)
    console.get_by_role("link", name="王小梅").click()
    console.get_by_role("button", name="跟进", exact=True).click()
    field(console, "note").fill("样品已寄出，预计周五到")
    console.locator('.el-dialog [data-field="is_shown"] .el-switch').click()
    submit_form(console)
    expect(rows(console).filter(has_text="样品已寄出")).to_contain_text(LOGIN)
    check_page(console, "reservation", errors=console_errors)
    phone.reload()
    expect(phone.get_by_test_id("state")).to_have_text(["跟进中"])
    expect(phone.get_by_test_id("reservation")).to_contain_text("样品已寄出，预计周五到")
    keep_in_all_widths(phone, screenshot, "bookings-reservations")
