"""Red packets in a browser: staff give one, the phone opens it, the page shows it as received; then a transfer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.console_pages import WIDE, check_page, confirm, field, fill_sign_in, open_path
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD
from tests.browser.test_first_conversation import page_frame
from tests.browser.test_membership import person, register
from tests.browser.test_pages import has_no_overflow, sign_in

Screenshot = Callable[..., None]
WIDTHS = (320, 390, 1440)


@pytest.fixture
def shopper(running_app: RunningApp, open_page: OpenPage) -> tuple[str, dict[str, str]]:
    """A new member of the sandbox, and their card."""
    page = open_page("about:blank")
    who, number = person(page, running_app)
    sign_in(page, running_app, who)
    register(page, running_app, who, number)
    return who, running_app.run_seed("tests.browser.seed_red_packets", "walk", number)


def test_red_packet_is_given_opened_and_received(
    running_app: RunningApp, console_staff: dict[str, str], shopper: tuple[str, dict[str, str]], open_page: OpenPage,
    console_errors: list[str], screenshot: Screenshot,
) -> None:  # fmt: skip
    who, facts = shopper
    console = open_page(f"{running_app.web}/console/red-packets", viewport=WIDE)
    fill_sign_in(console, tenant="walk", login=LOGIN, password=PASSWORD)
    phone = open_phone(running_app, open_page, who)

    give(console, facts["card"], "8.88")
    # The worker may have sent it before the list was loaded.
    expect(first_row(console)).to_contain_text(re.compile("待发放|待领取"))
    query(console)
    expect(first_row(console)).to_contain_text("待领取")
    frame = open_my_red_packets(running_app, phone, who)
    expect(frame.get_by_test_id("red-packet")).to_contain_text("请在微信消息里打开红包")
    open_in_wallet(phone, screenshot)
    frame = open_my_red_packets(running_app, phone, who)
    frame.get_by_test_id("ask").click()
    expect(frame.get_by_test_id("state")).to_have_text("已领取")
    query_is_gone_after_reload(console)
    check_page(console, "red-packets", errors=console_errors)

    choose_transfers(console)
    give(console, facts["card"], "1.50")
    query(console)
    frame = open_my_red_packets(running_app, phone, who)
    frame.get_by_test_id("confirm").click()
    expect(phone.get_by_test_id("transfer-confirmation")).to_contain_text("1.50 元")
    screenshot(phone, "transfer-confirmation")
    phone.get_by_test_id("transfer-confirmation-confirm").click()
    expect(frame.get_by_test_id("state").first).to_have_text("已领取")
    check_my_red_packets(running_app, open_page, who, screenshot)
    stop_and_resume(console, console_errors)


def open_phone(running_app: RunningApp, open_page: OpenPage, who: str) -> Page:
    address = f"{running_app.sandbox}/?person={who}&account={running_app.facts['appid']}"
    return open_page(address, viewport=DESK)


def open_my_red_packets(running_app: RunningApp, phone: Page, who: str) -> FrameLocator:
    """The page in the browser of the phone, by a link that a friend sent."""
    if phone.get_by_test_id("browser-close").is_visible():
        phone.get_by_test_id("browser-close").click()
    url = f"{running_app.web}/m/red-packets?a=walk"
    phone.request.post(
        f"{running_app.sandbox}/sandbox/people/{who}/links", data={"url": url, "sender": "laowang"}
    )
    phone.get_by_test_id("link-0").click()
    frame = page_frame(phone)
    expect(frame.get_by_test_id("red-packets").or_(frame.get_by_test_id("sign-in"))).to_be_visible()
    if frame.get_by_test_id("sign-in").is_visible():
        frame.get_by_test_id("sign-in").click()
    expect(frame.get_by_test_id("red-packet").first).to_be_visible()
    return frame


def open_in_wallet(phone: Page, screenshot: Screenshot) -> None:
    phone.get_by_test_id("browser-close").click()
    phone.get_by_test_id("wallet-open").click()
    phone.get_by_test_id("wallet-view-payouts").click()
    expect(phone.get_by_test_id("payout-waiting")).to_contain_text("小二便利的红包")
    screenshot(phone, "red-packet-to-open")
    phone.get_by_test_id("payout-open").click()
    expect(phone.get_by_test_id("payout-received")).to_contain_text("8.88")
    phone.get_by_test_id("wallet-close").click()


def check_my_red_packets(
    running_app: RunningApp, open_page: OpenPage, who: str, screenshot: Screenshot
) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, who)
    page.get_by_test_id("link-red-packets").click()
    expect(page.get_by_test_id("red-packet")).to_have_count(2)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert has_no_overflow(page)
        screenshot(page, f"red-packets-{width}")


def first_row(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible").first


def give(page: Page, card: str, yuan: str) -> None:
    page.get_by_role("button", name="发红包").click()
    field(page, "card").fill(card)
    field(page, "amount_fen").fill(yuan)
    field(page, "title").fill("生日红包")
    page.get_by_role("button", name="发放", exact=True).click()
    expect(page.locator(".el-dialog:visible")).to_have_count(0)
    expect(first_row(page)).to_contain_text(yuan)


def query(page: Page) -> None:
    first_row(page).get_by_role("button", name="查询").click()
    expect(page.get_by_text("最新结果：待领取").last).to_be_visible()


def query_is_gone_after_reload(page: Page) -> None:
    page.get_by_role("button", name="刷新").click()
    expect(first_row(page)).to_contain_text("已领取")
    expect(first_row(page).get_by_role("button", name="查询")).to_have_count(0)


def choose_transfers(page: Page) -> None:
    page.get_by_role("button", name="发放账户").click()
    accounts = page.get_by_test_id("red-packet-accounts")
    expect(accounts).to_contain_text("微信红包")
    accounts.get_by_role("button", name="检查").click()
    expect(page.get_by_text("可以发放")).to_be_visible()
    accounts.get_by_role("button", name="设置").click()
    page.locator('.el-dialog:visible [data-field="way"] .el-select').click()
    page.get_by_role("option", name="商家转账").click()
    page.get_by_role("button", name="保存").click()
    expect(accounts).to_contain_text("商家转账")
    page.locator(".el-dialog:visible").get_by_role("button", name="关闭", exact=True).last.click()


def stop_and_resume(page: Page, errors: list[str]) -> None:
    page.get_by_role("button", name="紧急停发").click()
    field(page, "reason").fill("活动被刷")
    page.locator(".el-dialog:visible").get_by_role("button", name="停发", exact=True).click()
    expect(page.get_by_test_id("red-packet-notices")).to_contain_text("已停发：活动被刷")
    check_page(page, "red-packets-stopped", errors=errors)
    page.get_by_role("button", name="恢复发放").click()
    confirm(page)
    expect(page.get_by_test_id("red-packet-notices")).not_to_contain_text("已停发")
    open_path(page, "/red-packets")
