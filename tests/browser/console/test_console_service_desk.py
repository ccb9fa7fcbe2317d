"""The service desk in the console (P21 to P23): search, registration, points by hand, returns, loss and upgrade."""

import os

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import FIRST_PHONE, LOGIN, PASSWORD
from tests.browser.seed_plastic_cards import STOCK

PHONE, NAME, ID_NUMBER, OTHER_ID = "13700000001", "周小芸", "11010519491231002X", "110105199003070658"
NUMBER, OTHER_NUMBER = (line.partition(",")[0] for line in STOCK.splitlines()[1:])


@pytest.fixture(scope="module")
def seeded(running_app: RunningApp, console_staff: dict[str, str]) -> dict[str, str]:
    return running_app.run_seed("tests.browser.seed_plastic_cards", "walk")


def test_a_clerk_serves_members_at_the_desk(
    running_app: RunningApp, seeded: dict[str, str], open_page: OpenPage, console_errors: list[str]
) -> None:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    open_menu_entry(page, "客户中心", "会员服务台")
    register_with_card(page)
    open_member(page, PHONE)
    check(page, "desk-member", console_errors)
    enter_purchase_and_return(page)
    report_loss(page, console_errors)
    reinstate_and_replace(page)
    running_app.run_seed("tests.browser.seed_plastic_cards", "walk", f"raise:{PHONE}")
    upgrade(page, console_errors)
    find_by_every_key(page)
    bind_to_another(page)
    read_the_log(page)


def check(page: Page, name: str, errors: list[str] | None = None) -> None:
    """Check a page with axe in the deep run only, which keeps the flow short."""
    check_page(page, name, errors=errors, axe=bool(os.environ["DEEP"]))


def register_with_card(page: Page) -> None:
    page.get_by_test_id("create").click()
    field(page, "phone").fill(PHONE)
    field(page, "name").fill(NAME)
    field(page, "id_number").fill(ID_NUMBER)
    choose(page, "kind", "普通卡")
    field(page, "number").fill(NUMBER)
    check(page, "desk-registration")
    submit(page)


def open_member(page: Page, text: str) -> None:
    search(page, text)
    page.locator("main .el-table__row:visible a").first.click()
    expect(page.locator(".detail-head h2")).to_be_visible()


def enter_purchase_and_return(page: Page) -> None:
    """Double points of a slip, and half of them back against the refund slip."""
    button(page, "补录消费").click()
    field(page, "slip_number").fill("XP-1001")
    field(page, "amount_fen").fill("100")
    choose(page, "kind", "双倍")
    check(page, "desk-purchase")
    submit(page)
    expect(fact(page, "积分")).to_contain_text("可用 200")
    button(page, "录入退货").click()
    for prop, text in (("slip_number", "XP-1001"), ("refund_slip_number", "TK-2001"), ("refunded_fen", "50")):
        field(page, prop).fill(text)
    submit(page)
    expect(fact(page, "积分")).to_contain_text("可用 100")
    page.get_by_role("tab", name="补录消费").click()
    expect(row(page, "XP-1001")).to_contain_text("TK-2001")
    check(page, "desk-member-purchases")


def report_loss(page: Page, errors: list[str]) -> None:
    """Another ID number is rejected beside the field."""
    page.get_by_role("tab", name="实体卡").click()
    button(page, "挂失").click()
    field(page, "id_number").fill(OTHER_ID)
    field(page, "reason").fill("钱包丢失")
    submit(page, closes=False)
    expect(page.locator(".el-dialog:visible")).to_contain_text("证件号与登记的不一致")
    errors.clear()  # the browser reports an answer of 409
    field(page, "id_number").fill(ID_NUMBER)
    submit(page)
    expect(row(page, NUMBER)).to_contain_text("已挂失")
    check(page, "desk-loss", errors)


def reinstate_and_replace(page: Page) -> None:
    button(page, "解挂").click()
    field(page, "id_number").fill(ID_NUMBER)
    field(page, "reason").fill("找到了")
    submit(page)
    expect(row(page, NUMBER)).to_contain_text("正常")
    button(page, "补换卡").click()
    field(page, "id_number").fill(ID_NUMBER)
    field(page, "new_number").fill(OTHER_NUMBER)
    submit(page)
    expect(row(page, OTHER_NUMBER)).to_contain_text("正常")
    expect(row(page, NUMBER)).to_contain_text("已换卡")


def upgrade(page: Page, errors: list[str]) -> None:
    """Who has reached a higher tier is in the list, and gets the better card."""
    open_menu_entry(page, "客户中心", "待升级会员")
    expect(page.locator("main .el-table__row:visible")).to_contain_text("贵宾")
    check(page, "card-upgrades", errors)
    page.locator("main .el-table__row:visible a").first.click()
    expect(page.locator(".fact:visible").first).to_be_visible()
    page.reload()  # the tab of the member was opened before
    expect(fact(page, "可升级")).to_have_text("贵宾卡")
    button(page, "升级").click()
    field(page, "id_number").fill(ID_NUMBER)
    submit(page)
    expect(row(page, "贵宾卡")).to_contain_text("正常")


def find_by_every_key(page: Page) -> None:
    open_menu_entry(page, "客户中心", "会员服务台")
    for text in (NUMBER, NAME, ID_NUMBER, PHONE):
        search(page, text)
        expect(page.locator("main .el-table__row:visible")).to_contain_text("137****0001")
    check(page, "service-desk")


def bind_to_another(page: Page) -> None:
    """Who was registered before gets a card with a new number."""
    open_member(page, str(FIRST_PHONE + 8))
    button(page, "办理实体卡").click()
    choose(page, "kind", "普通卡")
    submit(page)
    expect(row(page, "普通卡")).to_contain_text("正常")


def read_the_log(page: Page) -> None:
    open_menu_entry(page, "用户角色", "操作日志")
    table = page.locator("main .el-table:visible")
    for action in ("办理实体卡", "升级实体卡", "核对证件", "补换实体卡"):
        expect(table).to_contain_text(action)


def search(page: Page, text: str) -> None:
    box = page.locator("main [data-filter=search] input:visible")
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_test_id("range").locator("visible=true")).to_have_text("显示 1 至 1 共 1 条")


def button(page: Page, name: str) -> Locator:
    return page.locator(".detail-head:visible").get_by_role("button", name=name, exact=True)


def fact(page: Page, label: str) -> Locator:
    return page.locator(".fact:visible", has=page.get_by_text(label, exact=True)).locator("dd")


def row(page: Page, text: str) -> Locator:
    return page.locator(".el-tab-pane .el-table__row:visible", has_text=text)


def choose(page: Page, prop: str, label: str) -> None:
    page.locator(f'.el-dialog:visible [data-field="{prop}"] .el-select').click()
    page.locator(".el-select-dropdown__item:visible", has_text=label).first.click()


def submit(page: Page, *, closes: bool = True) -> None:
    submit_form(page)
    if closes:
        expect(page.locator(".el-dialog:visible")).to_have_count(0)


pytestmark = pytest.mark.timeout(300)
