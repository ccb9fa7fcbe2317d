"""Promotions at the console: one of each kind is written and submitted, another person approves it, one is paused."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import (
    FIND_FLAWS,
    HEIGHT,
    WIDE,
    check_page,
    confirm,
    field,
    fill_sign_in,
    open_menu_entry,
    submit_form,
    without_transitions,
)
from tests.browser.running_app import RunningApp
from tests.browser.seed_console_promotions import APPROVER, AUTHOR, MILK, PASSWORD, TEA

Screenshot = Callable[..., None]
IS_DEEP = bool(os.environ["DEEP"])


@pytest.fixture(scope="module")
def staff(running_app: RunningApp) -> Iterator[None]:
    running_app.run_seed("tests.browser.seed_console_promotions", "walk")
    yield
    running_app.run_seed("tests.browser.seed_console_promotions", "walk", "end")


@pytest.mark.timeout(900)  # eight forms and eight approvals
def test_a_promotion_of_each_kind_is_made_and_approved(
    running_app: RunningApp,
    staff: None,
    open_page: OpenPage,
    console_errors: list[str],
    screenshot: Screenshot,
) -> None:
    author = open_page(f"{running_app.web}/console/promotions", viewport=WIDE)
    fill_sign_in(author, tenant="walk", login=AUTHOR, password=PASSWORD)
    expect(author.get_by_test_id("create-reduction")).to_be_visible()
    name_what_is_missing(author)
    console_errors.clear()  # the browser logs the answer 422
    for kind, fill in KINDS.items():
        make(author, kind, fill, console_errors, screenshot)

    approver = open_page(f"{running_app.web}/console/approvals", viewport=WIDE)
    fill_sign_in(approver, tenant="walk", login=APPROVER, password=PASSWORD)
    expect(rows(approver)).to_have_count(len(KINDS))
    for _ in KINDS:
        approve(approver)

    open_menu_entry(author, "营销活动", "促销")
    author.get_by_test_id("refresh").click()
    author.get_by_test_id("stages").get_by_role("button", name=f"进行中 {len(KINDS)}").click()
    expect(rows(author)).to_have_count(len(KINDS))
    check_widths(author, "promotions", console_errors, screenshot)
    copy_and_change(author)
    pause_and_resume(author)
    see_the_promotion(author, console_errors, screenshot)
    open_menu_entry(author, "营销活动", "营销日历")
    expect(
        author.get_by_test_id("calendar-bar").filter(has_text=KINDS_NAMES["discount"]).first
    ).to_be_visible()
    check_widths(author, "marketing-calendar-promotions", console_errors, screenshot)


KINDS_NAMES = {
    "special_price": "茶叶特价", "discount": "两件九折", "reduction": "满百减二十", "gift": "满五十送奶",
    "second_half": "第二件半价", "buy_get": "买二送一", "bundle": "早餐组合", "member_day": "周二会员日",
}  # fmt: skip


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def dialog(page: Page) -> Locator:
    return page.locator(".el-dialog:visible").last


def cell(page: Page, prop: str, *, at: int = 0) -> Locator:
    return dialog(page).locator(f'[data-cell="{prop}"]').nth(at)


def pick(page: Page, place: Locator, text: str, *, several: bool = False) -> None:
    """Look for goods by name and choose them."""
    lists = page.locator(".el-select-dropdown:visible")
    place.locator(".el-select").click()
    expect(lists).to_have_count(1)
    place.locator("input").first.fill(text)
    lists.locator(".el-select-dropdown__item:visible", has_text=text).click()
    for _ in range(
        2 if several else 1
    ):  # a list of several choices stays open; Escape first clears the typed text
        page.keyboard.press("Escape")
    expect(lists).to_have_count(0)


def choose(page: Page, prop: str, label: str) -> None:
    dialog(page).locator(f'[data-field="{prop}"] .el-select').click()
    page.locator(".el-select-dropdown:visible .el-select-dropdown__item", has_text=label).first.click()
    page.keyboard.press("Escape")


def fill_special_price(page: Page) -> None:
    pick(page, cell(page, "product"), TEA)
    cell(page, "price_fen").locator("input").fill("39.9")
    cell(page, "per_order").locator("input").fill("2")


def fill_discount(page: Page) -> None:
    choose(page, "by", "按件数")
    dialog(page).get_by_test_id("add-添加档位").click()
    cell(page, "from_units").locator("input").fill("2")
    cell(page, "fold").locator("input").fill("9")


def fill_reduction(page: Page) -> None:
    cell(page, "from_fen").locator("input").fill("100")
    cell(page, "off_fen").locator("input").fill("20")


def fill_gift(page: Page) -> None:
    cell(page, "from_fen").locator("input").fill("50")
    pick(page, cell(page, "sku"), MILK)


def fill_buy_get(page: Page) -> None:
    field(page, "buy").fill("2")


def fill_bundle(page: Page) -> None:
    for at, name in enumerate((TEA, MILK)):
        pick(page, cell(page, "products", at=at), name, several=True)
    field(page, "price_fen").fill("55")


def fill_member_day(page: Page) -> None:
    cell(page, "from_fen").locator("input").fill("0")
    cell(page, "fold").locator("input").fill("8.8")
    choose(page, "weekdays", "周二")


KINDS: dict[str, Callable[[Page], object]] = {
    "special_price": fill_special_price, "discount": fill_discount, "reduction": fill_reduction, "gift": fill_gift,
    "second_half": lambda page: None, "buy_get": fill_buy_get, "bundle": fill_bundle, "member_day": fill_member_day,
}  # fmt: skip
SENTENCES = {
    "special_price": f"购买“{TEA}”特价 39.90 元（每单限 2 件）", "discount": "满 2 件打 9 折",
    "reduction": "满 100 元减 20 元", "gift": f"满 50 元送“{MILK}”1 件", "second_half": "第二件半价（同款）",
    "buy_get": "买 2 送 1", "bundle": f"“{TEA}” 1 件 + “{MILK}” 1 件，组合价 55.00 元",
    "member_day": "会员购买全部商品，打 8.8 折",
}  # fmt: skip


def fill_moment(page: Page, prop: str, moment: datetime) -> None:
    field(page, prop).fill(f"{moment:%Y-%m-%d %H:%M:%S}")
    field(page, prop).press("Enter")


def name_what_is_missing(page: Page) -> None:
    """What the form and what the server find is shown beside the field."""
    page.get_by_test_id("create-reduction").click()
    submit_form(page)
    error = page.locator('[data-field="name"] .el-form-item__error')
    expect(error).to_have_text("请填写促销名称")
    fill_common(page, "减得太多")
    cell(page, "from_fen").locator("input").fill("10")
    cell(page, "off_fen").locator("input").fill("20")
    submit_form(page)
    error = page.locator('[data-field="steps_reduction_amount"] .el-form-item__error')
    expect(error).to_contain_text("减的金额不能超过满的金额")
    dialog(page).get_by_role("button", name="取消").click()
    confirm(page)


def fill_common(page: Page, name: str) -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    field(page, "name").fill(name)
    fill_moment(page, "starts_at", now - timedelta(days=1))
    fill_moment(page, "ends_at", now + timedelta(days=5))


def make(
    page: Page, kind: str, fill: Callable[[Page], object], errors: list[str], screenshot: Screenshot
) -> None:
    """The fields follow the kind; the sentence explains what was typed before it is saved and submitted."""
    open_menu_entry(page, "营销活动", "促销")
    page.get_by_test_id(f"create-{kind}").click()
    fill_common(page, KINDS_NAMES[kind])
    fill(page)
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("promotion-sentence")).to_contain_text(SENTENCES[kind])
    if kind in ("gift", "special_price"):
        check_widths(page, f"promotion-form-{kind}", errors, screenshot)
    page.get_by_test_id("form-extra").click()
    choose(page, "approver", "老孙")
    submit_form(page)
    expect(page.locator(".facts").first).to_contain_text("审批中")
    expect(page.get_by_test_id("sentence").last).to_contain_text(SENTENCES[kind])


def check_widths(page: Page, name: str, errors: list[str], screenshot: Screenshot) -> None:
    """Check the open page as others in a deep run, and at 320 px."""
    if IS_DEEP:
        check_page(page, name, errors=errors)
    page.set_viewport_size({"width": 320, "height": HEIGHT})
    screenshot(page, f"console-{name}-320")
    with without_transitions(page):
        flaws = page.evaluate(FIND_FLAWS)
    page.set_viewport_size(WIDE)
    assert not flaws, f"{name} at 320 px: {flaws}"


def approve(page: Page) -> None:
    left = rows(page).count()
    rows(page).first.get_by_role("button", name="查看").click()
    expect(page.get_by_test_id("approval")).to_contain_text("优惠内容")
    page.get_by_test_id("approve").click()
    submit_form(page)
    expect(page.get_by_test_id("approval")).to_contain_text("已通过")
    page.locator(".el-drawer__close-btn").click()
    expect(page.get_by_test_id("approval")).to_have_count(0)  # it stays for 400 ms
    expect(rows(page)).to_have_count(left - 1)


def copy_and_change(page: Page) -> None:
    """A copy opens as a draft; its form names the goods that are chosen."""
    rows(page).filter(has_text=KINDS_NAMES["gift"]).get_by_role("button", name="复制").click()
    expect(page.locator(".detail-head h2")).to_have_text(f"{KINDS_NAMES['gift']} 副本")
    page.get_by_role("button", name="编辑").click()
    expect(cell(page, "sku")).to_contain_text(MILK)
    cell(page, "from_fen").locator("input").fill("60")
    submit_form(page)
    expect(page.get_by_test_id("sentence").last).to_contain_text(f"满 60 元送“{MILK}”1 件")
    open_menu_entry(page, "营销活动", "促销")


def pause_and_resume(page: Page) -> None:
    row = rows(page).filter(has_text=KINDS_NAMES["reduction"])
    row.get_by_role("button", name="暂停").click()
    field(page, "reason").fill("核对价格")
    submit_form(page)
    expect(page.get_by_test_id("stages")).to_contain_text("已暂停 1")
    page.get_by_test_id("stages").get_by_role("button", name="已暂停").click()
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("button", name="恢复").click()
    confirm(page)
    expect(page.get_by_test_id("stages")).to_contain_text("已暂停 0")
    page.get_by_test_id("stages").get_by_role("button", name="全部").click()


def see_the_promotion(page: Page, errors: list[str], screenshot: Screenshot) -> None:
    rows(page).get_by_role("link", name=KINDS_NAMES["reduction"]).click()
    expect(page.locator(".detail-head h2")).to_have_text(KINDS_NAMES["reduction"])
    page.reload()  # the tab was open from before the approval
    expect(page.locator(".facts").first).to_contain_text("进行中")
    check_widths(page, "promotion", errors, screenshot)
    page.get_by_role("tab", name="效果").click()
    expect(page.get_by_test_id("promotion-effect")).to_contain_text("这段时间还没有订单")
    check_widths(page, "promotion-effect", errors, screenshot)
    page.get_by_role("tab", name="操作记录").click()
    expect(page.get_by_role("region", name="操作记录")).to_contain_text("核对价格")
