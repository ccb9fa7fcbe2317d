"""A lucky draw from its maker in the console to the phone: draw, win, claim goods with an address, send, stop."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import oauth_url
from tests.browser.test_payments import WECHAT, keep_in_all_widths

Screenshot = Callable[..., None]
NAME, PRIZE = "周年抽奖", "青瓷保温杯"
ADDRESS = {
    "name": "王小美", "phone": "13812345678", "detail": "虹桥路 1 号",
}  # fmt: skip


def test_a_lucky_draw_is_made_drawn_claimed_and_stopped(
    running_app: RunningApp,
    console_staff: dict[str, str],
    open_page: OpenPage,
    console_errors: list[str],
    screenshot: Screenshot,
) -> None:
    staff = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(staff, tenant="walk", login=LOGIN, password=PASSWORD)
    open_menu_entry(staff, "营销活动", "抽奖活动")
    make_activity(staff, console_errors)
    link = publish(staff, console_errors)

    phone = open_page("about:blank", **WECHAT)
    who, number = person(phone, running_app)
    phone.goto(oauth_url(running_app, who, address(running_app, "me")))
    register(phone, running_app, who, number)
    draw_and_win(phone, link, screenshot)
    claim_goods(phone, screenshot)

    send_parcel(staff, console_errors)
    phone.reload()
    expect(phone.get_by_test_id("prize-state")).to_have_text("已领取")
    expect(phone.get_by_test_id("my-prize")).to_contain_text("SF100200300")
    stop(staff, console_errors)
    phone.goto(link)
    expect(phone.get_by_test_id("activity-state")).to_have_text("已暂停")
    expect(phone.get_by_test_id("draw")).to_be_disabled()


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def next_step(page: Page, title: str) -> None:
    page.locator(".el-dialog:visible").get_by_test_id("form-submit").last.click()
    expect(page.locator(".el-dialog:visible").filter(has_text=title)).to_be_visible()


def fill_moment(page: Page, prop: str, moment: datetime) -> None:
    field(page, prop).fill(f"{moment:%Y-%m-%d %H:%M:%S}")
    field(page, prop).press("Enter")


def make_activity(page: Page, errors: list[str]) -> None:
    """Four steps; a missing rules text is named."""
    page.get_by_role("button", name="新建活动").click()
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    field(page, "name").fill(NAME)
    fill_moment(page, "starts_at", now - timedelta(days=1))
    fill_moment(page, "ends_at", now + timedelta(days=5))
    page.get_by_test_id("form-submit").click()
    expect(page.locator('[data-field="rules_text"] .el-form-item__error')).to_have_text("请填写活动规则")
    field(page, "rules_text").fill("会员每天可免费抽一次，奖品数量有限，抽完为止。")
    next_step(page, "第 2 步")
    field(page, "total_draws").fill("2")
    check_page(page, "activity-maker", errors=errors, axe=False)
    next_step(page, "第 3 步")
    page.get_by_test_id("add-prize").click()
    prize = page.locator(".el-dialog:visible").last
    prize.locator('[data-field="name"] input').fill(PRIZE)
    prize.locator('[data-field="quantity"] input').fill("2")
    prize.locator('[data-field="value_fen"] input').fill("50")
    prize.get_by_test_id("form-submit").click()
    expect(page.get_by_test_id("prize-row")).to_contain_text("价值 50.00 元")
    next_step(page, "第 4 步")
    page.locator(".el-dialog:visible").get_by_test_id("form-submit").last.click()
    expect(page.locator(".facts").first).to_contain_text("草稿")


def publish(page: Page, errors: list[str]) -> str:
    """Publish, and read the link from the QR code as a phone does."""
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_role("button", name="确定").click()
    expect(page.locator(".facts").first).to_contain_text("进行中")
    code = page.get_by_test_id("activity-code")
    expect(code).to_be_visible()
    expect(code).to_have_js_property("complete", True)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())).convert("L"))
    assert found.text == page.get_by_test_id("activity-link").inner_text()
    check_page(page, "activity", errors=errors, axe=False)
    return str(found.text)


def draw_and_win(page: Page, link: str, screenshot: Screenshot) -> None:
    page.goto(link)
    expect(page.get_by_test_id("prize")).to_contain_text("剩 2 份")
    expect(page.get_by_test_id("rules")).to_contain_text("剩余数量 ÷ 剩余抽奖次数")
    keep_in_all_widths(page, screenshot, "draw-activity")
    page.get_by_test_id("draw").click()
    expect(page.get_by_test_id("result")).to_contain_text(PRIZE)
    screenshot(page, "draw-result")
    page.get_by_test_id("result-close").click()
    expect(page.get_by_test_id("winners")).to_contain_text(PRIZE)
    expect(page.get_by_test_id("draw")).to_be_disabled()
    page.get_by_test_id("show-numbers").click()
    expect(page.get_by_test_id("draw-number")).to_contain_text("核对一致")
    page.get_by_test_id("to-prizes").click()


def claim_goods(page: Page, screenshot: Screenshot) -> None:
    """The first address is written on the way, and the sheet is open again afterwards."""
    expect(page.get_by_test_id("prize-state")).to_have_text("待领取")
    page.get_by_test_id("claim").click()
    page.get_by_test_id("new-claim-address").click()
    for name, text in ADDRESS.items():
        page.locator(f'input[name="{name}"]').fill(text)
    page.get_by_label("省", exact=True).select_option("上海市")
    page.get_by_label("区县", exact=True).select_option("徐汇区")
    page.get_by_test_id("save-address").click()
    expect(page.get_by_test_id("claim-address")).to_contain_text("虹桥路 1 号")
    keep_in_all_widths(page, screenshot, "draw-claim")
    page.get_by_test_id("submit-claim").click()
    expect(page.get_by_test_id("prize-state")).to_have_text("领取中")
    keep_in_all_widths(page, screenshot, "draw-prizes")


def send_parcel(page: Page, errors: list[str]) -> None:
    page.get_by_role("tab", name="抽奖记录").click()
    expect(rows(page)).to_contain_text(["一致"])
    check_page(page, "activity-draws", errors=errors, axe=False)
    open_menu_entry(page, "营销活动", "中奖记录")
    expect(rows(page)).to_contain_text(["领取中"])
    check_page(page, "draw-prizes", errors=errors, axe=False)
    page.get_by_role("button", name="收货地址").click()
    expect(page.locator(".el-message-box")).to_contain_text("徐汇区虹桥路 1 号")
    page.get_by_role("button", name="知道了").click()
    page.get_by_role("button", name="寄出").click()
    field(page, "courier").fill("顺丰")
    field(page, "tracking_number").fill("SF100200300")
    page.get_by_test_id("form-submit").click()
    expect(rows(page)).to_contain_text(["已领取"])


def stop(page: Page, errors: list[str]) -> None:
    open_menu_entry(page, "营销活动", "抽奖活动")
    page.get_by_test_id("refresh").click()
    rows(page).filter(has_text=NAME).get_by_role("button", name="暂停").click()
    field(page, "reason").fill("核对奖品")
    page.get_by_test_id("form-submit").click()
    expect(rows(page).filter(has_text=NAME)).to_contain_text("已暂停")
    check_page(page, "activities", errors=errors, axe=False)
