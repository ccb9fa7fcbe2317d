"""A lucky draw from its maker in the console to the phone: approval, code, draws, red packet, goods by parcel, stop."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, OpenPage
from tests.browser.console_pages import (
    WIDE,
    check_page,
    confirm,
    field,
    fill_sign_in,
    open_menu_entry,
    submit_form,
)
from tests.browser.reloading import reload_until
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import APPROVER, LOGIN, PASSWORD
from tests.browser.test_first_conversation import page_frame
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import oauth_url
from tests.browser.test_payments import WECHAT, keep_in_all_widths

Screenshot = Callable[..., None]
NAME, GOODS, PACKET, BUDGET = "周年抽奖", "青瓷保温杯", "现金红包", "周年红包预算"
STOPS_WITHIN_MS = 5_000
ADDRESS = {
    "name": "王小美", "phone": "13812345678", "detail": "虹桥路 1 号",
}  # fmt: skip


def test_a_lucky_draw_is_made_drawn_paid_claimed_and_stopped(
    running_app: RunningApp,
    console_staff: dict[str, str],
    open_page: OpenPage,
    console_errors: list[str],
    screenshot: Screenshot,
) -> None:
    """There are as many prizes as draws, so the chances of both prizes together are certain."""
    staff = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(staff, tenant="walk", login=LOGIN, password=PASSWORD)
    make_budget(staff)
    make_activity(staff, console_errors)
    submit(staff)
    approve(running_app, open_page, console_errors)
    link = publish(staff, console_errors)

    page = open_page("about:blank", **WECHAT)
    who, number = person(page, running_app)
    page.goto(oauth_url(running_app, who, address(running_app, "me")))
    register(page, running_app, who, number)
    phone = open_page(
        f"{running_app.sandbox}/?person={who}&account={running_app.facts['appid']}", viewport=DESK
    )
    scan_and_draw(phone, link)
    draw_the_rest(page, link, screenshot)

    see_numbers(staff, console_errors)
    claim_packet(page)
    send_packet(staff)
    open_packet(phone, screenshot)
    see_packet_received(page)
    claim_goods(page, screenshot)
    send_parcel(staff, console_errors)
    see_parcel(page)
    see_budget(staff, console_errors)
    stop(staff, console_errors, page, link, screenshot)


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def next_step(page: Page, title: str) -> None:
    submit_form(page)
    expect(page.locator(".el-dialog:visible").filter(has_text=title)).to_be_visible()


def fill_moment(page: Page, prop: str, moment: datetime) -> None:
    field(page, prop).fill(f"{moment:%Y-%m-%d %H:%M:%S}")
    field(page, prop).press("Enter")


def choose(page: Page, prop: str, label: str) -> None:
    page.locator(f'.el-dialog:visible [data-field="{prop}"] .el-select').last.click()
    page.locator(".el-select-dropdown__item:visible", has_text=label).click()


def make_budget(page: Page) -> None:
    open_menu_entry(page, "营销活动", "活动预算")
    page.get_by_role("button", name="新建预算").click()
    field(page, "name").fill(BUDGET)
    field(page, "amount_fen").fill("100")
    submit_form(page)
    expect(rows(page).filter(has_text=BUDGET)).to_contain_text("100.00")


def make_activity(page: Page, errors: list[str]) -> None:
    """Four steps; a missing rules text is named."""
    open_menu_entry(page, "营销活动", "抽奖活动")
    page.get_by_role("button", name="新建活动").click()
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    field(page, "name").fill(NAME)
    fill_moment(page, "starts_at", now - timedelta(days=1))
    fill_moment(page, "ends_at", now + timedelta(days=5))
    submit_form(page)
    expect(page.locator('[data-field="rules_text"] .el-form-item__error')).to_have_text("请填写活动规则")
    field(page, "rules_text").fill("会员每天可免费抽三次，奖品数量有限，抽完为止。")
    next_step(page, "第 2 步")
    field(page, "total_draws").fill("2")
    field(page, "free_per_day").fill("3")
    check_page(page, "activity-maker", errors=errors, axe=False)
    next_step(page, "第 3 步")
    add_prize(page, PACKET, {"min_fen": "1.88", "max_fen": "1.88"}, kind="现金红包")
    add_prize(page, GOODS, {"value_fen": "1200"})
    expect(page.get_by_test_id("prize-row")).to_contain_text(["1.88 元", "价值 1,200.00 元"])
    choose(page, "budget", BUDGET)
    next_step(page, "第 4 步")
    submit_form(page)
    expect(page.locator(".facts").first).to_contain_text("草稿")


def add_prize(page: Page, name: str, values: dict[str, str], *, kind: str | None = None) -> None:
    page.get_by_test_id("add-prize").click()
    prize = page.locator(".el-dialog:visible").last
    if kind is not None:
        choose(page, "kind", kind)
    for prop, value in {"name": name, "quantity": "1", **values}.items():
        prize.locator(f'[data-field="{prop}"] input').fill(value)
    submit_form(page)
    expect(page.get_by_test_id("prize-row").filter(has_text=name)).to_be_visible()


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交审批").click()
    choose(page, "approver", "赵经理")
    submit_form(page)
    expect(page.get_by_role("button", name="提交审批")).to_have_count(0)


def approve(running_app: RunningApp, open_page: OpenPage, errors: list[str]) -> None:
    """The goods are worth more than what needs no approval, so a colleague reads and approves the activity."""
    page = open_page(f"{running_app.web}/console/approvals", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=APPROVER, password=PASSWORD)
    rows(page).filter(has_text=NAME).get_by_role("button", name="查看").click()
    expect(page.get_by_test_id("approval")).to_contain_text("1201.88 元")
    check_page(page, "activity-approval", errors=errors, axe=False)
    page.get_by_test_id("approve").click()
    submit_form(page)
    expect(page.get_by_test_id("approval")).to_contain_text("已通过")


def publish(page: Page, errors: list[str]) -> str:
    """Publish, and read the link from the QR code as a phone does."""
    page.get_by_role("button", name="发布", exact=True).click()
    confirm(page)
    expect(page.locator(".facts").first).to_contain_text("进行中")
    code = page.get_by_test_id("activity-code")
    expect(code).to_be_visible()
    expect(code).to_have_js_property("complete", True)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())).convert("L"))
    assert found.text == page.get_by_test_id("activity-link").inner_text()
    check_page(page, "activity", errors=errors, axe=False)
    return str(found.text)


def scan_and_draw(phone: Page, link: str) -> None:
    """Scan the code with the phone, which opens the page in the chat, and draw there."""
    phone.get_by_test_id("follow").click()
    phone.get_by_test_id("plus").click()
    phone.get_by_test_id("scan-input").fill(link)
    phone.get_by_test_id("scan-send").click()
    page = page_frame(phone)
    expect(page.get_by_test_id("activity-name")).to_have_text(NAME)
    page.get_by_test_id("draw").click()
    expect(page.get_by_test_id("result")).to_contain_text("恭喜中奖")
    phone.get_by_test_id("browser-close").click()


def draw_the_rest(page: Page, link: str, screenshot: Screenshot) -> None:
    page.goto(link)
    expect(page.get_by_test_id("prize")).to_contain_text(["共 1 份", "共 1 份"])
    expect(page.get_by_test_id("rules")).to_contain_text("剩余数量 ÷ 剩余抽奖次数")
    keep_in_all_widths(page, screenshot, "draw-activity")
    page.get_by_test_id("draw").click()
    expect(page.get_by_test_id("result")).to_contain_text("恭喜中奖")
    screenshot(page, "draw-result")
    page.get_by_test_id("result-close").click()
    expect(page.get_by_test_id("winners")).to_contain_text(PACKET)
    expect(page.get_by_test_id("winners")).to_contain_text(GOODS)
    expect(page.get_by_test_id("draw")).to_be_disabled()
    page.get_by_test_id("show-numbers").click()
    expect(page.get_by_test_id("draw-number")).to_contain_text(["核对一致", "核对一致"])
    page.get_by_test_id("to-prizes").click()


def prize(page: Page, name: str) -> Locator:
    return page.get_by_test_id("my-prize").filter(has_text=name)


def see_numbers(page: Page, errors: list[str]) -> None:
    """Both draws at the console follow from their numbers."""
    page.get_by_role("tab", name="抽奖记录").click()
    expect(rows(page)).to_contain_text(["一致", "一致"])
    check_page(page, "activity-draws", errors=errors, axe=False)


def claim_packet(page: Page) -> None:
    expect(prize(page, PACKET)).to_contain_text("1.88 元")
    prize(page, PACKET).get_by_test_id("claim").click()
    expect(prize(page, PACKET).get_by_test_id("prize-state")).to_have_text("领取中")


def send_packet(page: Page) -> None:
    """The scheduler, which does not run here, would send it within a second; staff look what became of it."""
    open_menu_entry(page, "交易中心", "红包发放")
    packet = rows(page).filter(has_text=NAME)
    expect(packet).to_contain_text("抽奖奖品")
    packet.get_by_role("button", name="查询").click()
    expect(packet).to_contain_text("待领取")


def open_packet(phone: Page, screenshot: Screenshot) -> None:
    """Open the red packet: its money is in the wallet of the phone."""
    phone.get_by_test_id("wallet-open").click()
    phone.get_by_test_id("wallet-view-payouts").click()
    expect(phone.get_by_test_id("payout-waiting")).to_contain_text(NAME)
    screenshot(phone, "draw-red-packet-to-open")
    phone.get_by_test_id("payout-open").click()
    expect(phone.get_by_test_id("payout-received")).to_contain_text("1.88")
    screenshot(phone, "draw-red-packet-received")
    phone.get_by_test_id("wallet-close").click()


def see_packet_received(page: Page) -> None:
    prize(page, PACKET).get_by_test_id("to-red-packets").click()
    page.get_by_test_id("ask").click()
    expect(page.get_by_test_id("state")).to_have_text("已领取")
    page.go_back()
    reload_until(page, prize(page, PACKET).filter(has_text="已领取"))


def claim_goods(page: Page, screenshot: Screenshot) -> None:
    """The first address is written on the way, and the sheet is open again afterwards."""
    state = prize(page, GOODS).get_by_test_id("prize-state")
    expect(state).to_have_text("待领取")
    prize(page, GOODS).get_by_test_id("claim").click()
    page.get_by_test_id("new-claim-address").click()
    for name, text in ADDRESS.items():
        page.locator(f'input[name="{name}"]').fill(text)
    page.get_by_label("省", exact=True).select_option("上海市")
    page.get_by_label("区县", exact=True).select_option("徐汇区")
    page.get_by_test_id("save-address").click()
    expect(page.get_by_test_id("claim-address")).to_contain_text("虹桥路 1 号")
    keep_in_all_widths(page, screenshot, "draw-claim")
    page.get_by_test_id("submit-claim").click()
    expect(state).to_have_text("领取中")
    keep_in_all_widths(page, screenshot, "draw-prizes")


def send_parcel(page: Page, errors: list[str]) -> None:
    open_menu_entry(page, "营销活动", "中奖记录")
    parcel = rows(page).filter(has_text=GOODS)
    expect(parcel).to_contain_text("领取中")
    check_page(page, "draw-prizes", errors=errors, axe=False)
    parcel.get_by_role("button", name="收货地址").click()
    expect(page.locator(".el-message-box")).to_contain_text("徐汇区虹桥路 1 号")
    page.get_by_role("button", name="知道了").click()
    parcel.get_by_role("button", name="寄出").click()
    field(page, "courier").fill("顺丰")
    field(page, "tracking_number").fill("SF100200300")
    submit_form(page)
    expect(rows(page)).to_contain_text(["已领取", "已领取"])


def see_parcel(page: Page) -> None:
    page.reload()
    expect(prize(page, GOODS).get_by_test_id("prize-state")).to_have_text("已领取")
    expect(prize(page, GOODS)).to_contain_text("SF100200300")


def see_budget(page: Page, errors: list[str]) -> None:
    """What was received is paid, and nothing is reserved any more."""
    open_menu_entry(page, "营销活动", "活动预算")
    page.get_by_test_id("refresh").click()
    expect(rows(page).filter(has_text=BUDGET).locator("td").nth(4)).to_have_text("1.88")
    check_page(page, "activity-budgets", errors=errors, axe=False)


def stop(staff: Page, errors: list[str], page: Page, link: str, screenshot: Screenshot) -> None:
    """One more draw is published, so that the phone has a draw that the stop prevents."""
    open_menu_entry(staff, "营销活动", "抽奖活动")
    staff.get_by_test_id("refresh").click()
    activity = rows(staff).filter(has_text=NAME)
    activity.get_by_role("button", name="增加数量").click()
    field(staff, "total_draws").fill("3")
    submit_form(staff)
    expect(activity).to_contain_text("2 / 3")
    page.goto(link)
    expect(page.get_by_test_id("draw")).to_be_enabled()
    activity.get_by_role("button", name="暂停").click()
    field(staff, "reason").fill("核对奖品")
    submit_form(staff)
    expect(activity).to_contain_text("已暂停")
    page.get_by_test_id("draw").click()
    expect(page.get_by_test_id("activity-state")).to_have_text("已暂停", timeout=STOPS_WITHIN_MS)
    expect(page.get_by_test_id("draw")).to_be_disabled()
    screenshot(page, "draw-stopped")
    assert all("409" in complaint for complaint in errors), errors
    errors.clear()
    check_page(staff, "activities", errors=errors, axe=False)
