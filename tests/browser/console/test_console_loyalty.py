"""Loyalty in the console: a tier and its rule with a preview, a point rule, check-ins and a top-up rule."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD


def test_loyalty_is_set_up_in_the_console(
    running_app: RunningApp, console_staff: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page(f"{running_app.web}/console/cost-centres", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    create_cost_centre(page)
    create_tier(page)
    create_tier_rule(page)
    create_point_rule(page)
    change_check_ins(page)
    add_top_up_rule(page)


def check(page: Page, name: str) -> None:
    """Check a page in the deep run only, which keeps the story short. Lists are checked by `test_console_basics`."""
    if os.environ["DEEP"]:
        check_page(page, name)


def save(page: Page) -> None:
    submit_form(page)
    expect(page.locator(".el-dialog")).to_be_hidden()


def choose(page: Page, prop: str, label: str) -> None:
    page.locator(f'.el-dialog [data-field="{prop}"] .el-select').click()
    page.locator(".el-select-dropdown__item:visible", has_text=label).first.click()


def create_cost_centre(page: Page) -> None:
    page.get_by_test_id("create").click()
    field(page, "code").fill("marketing")
    field(page, "name").fill("市场部")
    save(page)
    expect(page.locator(".el-table__row", has_text="市场部")).to_contain_text("正常")


def create_tier(page: Page) -> None:
    open_menu_entry(page, "忠诚度配置", "等级")
    page.get_by_test_id("create").click()
    field(page, "name").fill("钻石")
    field(page, "code").fill("diamond")
    choose(page, "validity_kind", "固定周期")
    field(page, "days").fill("365")
    check(page, "tier-form")
    save(page)
    expect(page.locator(".el-table__row", has_text="钻石")).to_contain_text("有效期 365 天")


def create_tier_rule(page: Page) -> None:
    """The preview says who would move before anything is saved."""
    open_menu_entry(page, "忠诚度配置", "升降级规则")
    page.get_by_test_id("create").click()
    field(page, "name").fill("钻石升级")
    choose(page, "tier", "钻石")
    field(page, "at_least_fen").fill("99999")
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("form-preview")).to_contain_text("名会员中，按新规则有 0 名的等级会变")
    check(page, "tier-rule-form")
    save(page)
    expect(page.locator(".el-table__row", has_text="钻石升级")).to_contain_text("启用")


def create_point_rule(page: Page) -> None:
    open_menu_entry(page, "积分中心", "积分规则")
    page.get_by_test_id("create").click()
    field(page, "name").fill("消费得积分")
    choose(page, "group", "积分")
    submit_form(page)
    expect(page.locator('[data-field="cost_centre"] .el-form-item__error')).to_have_text("请选择成本中心")
    choose(page, "cost_centre", "市场部")
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("form-preview")).to_contain_text("得 100 分")
    check(page, "point-rule-form")
    save(page)
    expect(page.locator(".el-table__row", has_text="消费得积分")).to_contain_text("每 1.00 元 1 分")
    page.get_by_role("button", name="试算").click()
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("form-preview")).to_contain_text("消费得积分")
    page.get_by_role("button", name="关闭", exact=True).click()
    page.get_by_role("tab", name="多倍积分").click()
    expect(page.get_by_role("button", name="新建多倍积分")).to_be_visible()


def change_check_ins(page: Page) -> None:
    open_menu_entry(page, "忠诚度配置", "签到设置")
    page.get_by_role("button", name="编辑").click()
    field(page, "points").fill("6")
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("form-preview")).to_contain_text("天天签到")
    check(page, "check-in-form")
    save(page)
    expect(page.locator(".facts")).to_contain_text("6 分")


def add_top_up_rule(page: Page) -> None:
    open_menu_entry(page, "交易中心", "充值规则")
    page.get_by_test_id("create").click()
    field(page, "name").fill("夏日充值")
    field(page, "code").fill("summer")
    for index, amount in enumerate(("100", "10")):
        page.locator(".rows-field input").nth(index).fill(amount)
    check(page, "top-up-form")
    save(page)
    expect(page.locator(".el-table__row", has_text="夏日充值")).to_contain_text("充 100 元送 10 元")


pytestmark = [pytest.mark.timeout(240), pytest.mark.deep]
