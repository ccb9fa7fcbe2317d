"""The console for messages: settings, templates with a test, and the records."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.console_pages import WIDE, check_page, field, fill_sign_in, open_menu_entry, submit_form
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import FIRST_PHONE, LOGIN, PASSWORD

pytestmark = [pytest.mark.timeout(240), pytest.mark.deep]


def test_administrator_writes_templates_and_finds_what_was_sent(
    running_app: RunningApp, console_staff: None, open_page: OpenPage
) -> None:
    page = open_page(f"{running_app.web}/console/message-policies", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    change_policies(page)
    set_email_account(page)
    write_templates(page)
    show_records(page)


def change_policies(page: Page) -> None:
    row = page.locator(".el-table__row", has_text="积分即将过期")
    expect(row).to_be_visible()
    check_page(page, "message-policies")
    row.get_by_role("button", name="设置积分即将过期的发送方式").click()
    page.locator(".order-input .el-checkbox", has_text="短信").click()
    for _ in range(3):
        page.get_by_role("button", name="上移短信").click()
    check_page(page, "message-policy-form", axe=False)
    save(page)
    expect(row).to_contain_text("短信（未设模板） → 公众号模板消息")


def set_email_account(page: Page) -> None:
    page.get_by_role("tab", name="发送时间与额度").click()
    expect(page.get_by_text("每天最多发送短信（条）").last).to_be_visible()
    check_page(page, "message-settings")
    page.get_by_role("tab", name="发件邮箱").click()
    page.locator("main").get_by_role("button", name="设置", exact=True).click()
    for name, value in {
        "host": "127.0.0.1", "username": "shop", "password": "hidden-77", "sender_address": "shop@example.com",
        "sender_name": "花间茶",
    }.items():  # fmt: skip
        field(page, name).fill(value)
    choose(page, "security", "不加密")
    check_page(page, "message-email-form", axe=False)
    save(page)
    expect(page.get_by_role("button", name="测试连接")).to_be_visible()
    check_page(page, "message-email")


def write_templates(page: Page) -> None:
    open_menu_entry(page, "消息中心", "消息模板")
    page.get_by_test_id("create").click()
    choose(page, "kind", "积分即将过期")
    field(page, "name").fill("积分到期短信")
    field(page, "platform_id").fill("SMS_1")
    part = page.locator('[data-field="text"]')
    part.locator("textarea").fill("您的积分将于")
    part.get_by_role("button", name="插入变量到期日", exact=True).click()
    expect(part.locator("textarea")).to_have_value("您的积分将于{到期日}")
    page.get_by_role("button", name="添加变量").click()
    page.get_by_label("第 1 个变量名").fill("day")
    page.locator('[data-field="rows"]').get_by_role("button", name="插入变量到期日", exact=True).click()
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("form-preview")).to_contain_text("5月1日")
    check_page(page, "message-template-sms-form")
    save(page)
    expect(page.locator(".el-table__row", has_text="积分到期短信")).to_be_visible()
    check_page(page, "message-templates-sms")
    write_wechat_template(page)
    page.get_by_role("tab", name="站内信、客服与邮件模板").click()
    page.get_by_test_id("create").click()
    choose(page, "kind", "生日福利")
    field(page, "name").fill("生日")
    choose(page, "medium", "站内信")
    page.locator('[data-field="text"] textarea').fill("生日快乐")
    save(page)
    row = page.locator(".el-table__row", has_text="生日快乐")
    row.get_by_role("button", name="测试发送").click()
    field(page, "member").fill(str(FIRST_PHONE))
    submit_form(page)
    expect(page.locator(".el-message").last).to_contain_text("测试消息：送达")
    check_page(page, "message-templates-text")


def write_wechat_template(page: Page) -> None:
    page.get_by_role("tab", name="微信模板").click()
    page.get_by_role("button", name="同步平台模板").click()
    submit_form(page)
    expect(page.locator(".el-message").last).to_contain_text(re.compile(r"已同步 \d+ 个模板"))
    page.get_by_test_id("create").click()
    choose(page, "kind", "赠送优惠券")
    field(page, "name").fill("优惠券到账")
    choose(page, "medium", "公众号模板消息")
    choose(page, "channel_key", "")
    choose(page, "platform_id", "")
    part = page.locator('[data-field="fields"]')
    for section in part.locator("section").all():
        section.locator("input").fill("您有新的优惠券可以使用，点开查看：")
        section.get_by_role("button", name="插入变量券名称", exact=True).click()
    page.get_by_test_id("form-preview-button").click()
    expect(page.get_by_test_id("form-preview")).to_contain_text("超出平台限制")
    check_page(page, "message-template-wechat-form", axe=False)
    save(page)
    expect(page.locator(".el-table__row", has_text="优惠券到账")).to_be_visible()
    check_page(page, "message-templates-wechat")


def show_records(page: Page) -> None:
    open_menu_entry(page, "消息中心", "消息记录")
    check_page(page, "messages-sms")
    for label, name in (("微信消息", "wechat"), ("邮件", "email"), ("站内信", "site")):
        page.get_by_role("tab", name=label, exact=True).click()
        page.wait_for_load_state("networkidle")
        check_page(page, f"messages-{name}")
    page.locator(".el-table__row", has_text="生日快乐").get_by_role("button", name="详情").click()
    drawer = page.get_by_role("dialog", name="消息详情")
    expect(drawer).to_contain_text("发送内容")
    check_page(page, "message-detail", axe=False)
    page.keyboard.press("Escape")
    page.locator(".el-table__row", has_text="生日快乐").locator("a").click()
    page.get_by_role("tab", name="消息", exact=True).click()
    expect(page.locator(".el-tab-pane .el-table__row", has_text="生日快乐")).to_be_visible()
    check_page(page, "member-messages")


def choose(page: Page, name: str, label: str) -> None:
    """Choose the option of a field that has this text, or the first."""
    page.locator(f'[data-field="{name}"] .el-select').click()
    options: Locator = page.locator(".el-select-dropdown__item:visible")
    options.filter(has_text=label).first.click()
    expect(options).to_have_count(0)


def save(page: Page) -> None:
    submit_form(page)
    expect(page.get_by_test_id("form-submit")).to_be_hidden()
