"""The console for shops and official accounts: a shop with hours, a menu, a reply and QR codes."""

import re
from pathlib import Path

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
from tests.console.test_pictures import make_picture

pytestmark = pytest.mark.timeout(240)


def test_administrator_adds_a_shop_and_publishes_a_menu(
    running_app: RunningApp, console_staff: None, open_page: OpenPage
) -> None:
    page = sign_in(open_page, running_app)
    add_shop_with_hours(page)
    publish_menu(page)


@pytest.mark.deep
def test_administrator_uploads_pictures_and_makes_replies_and_codes(
    running_app: RunningApp, console_staff: None, open_page: OpenPage, tmp_path: Path
) -> None:
    page = sign_in(open_page, running_app)
    page.locator(".el-table__row a").first.click()
    add_picture(page, tmp_path)
    add_keyword_reply(page)
    make_qr_codes(page)
    check_channel_accounts(page)


def sign_in(open_page: OpenPage, running_app: RunningApp) -> Page:
    """Sign in and show the shops."""
    page = open_page(f"{running_app.web}/console/shops", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    expect(page.locator(".el-table__row").first).to_be_visible()
    return page


def add_shop_with_hours(page: Page) -> None:
    check_page(page, "shops")
    page.get_by_test_id("create").click()
    field(page, "code").fill("S77")
    field(page, "name").fill("南京路店")
    field(page, "place").fill("121.473700，31.230400")
    monday = page.locator(".hours-input .day").first
    monday.get_by_role("button", name="添加时段 周一").click()
    monday.get_by_label("周一第 1 段结束").fill("9:30")
    monday.get_by_role("button", name="应用到每天").click()
    check_page(page, "shop-form", axe=False)
    submit_form(page)
    expect(page.get_by_test_id("form-submit")).to_be_hidden()
    expect(page.locator(".detail-page")).to_contain_text("每天 09:00-09:30")
    expect(page.get_by_role("link", name="在地图中查看")).to_have_attribute("href", re.compile("121.4737"))


def add_picture(page: Page, folder: Path) -> None:
    """An uploaded picture is shown from the application."""
    file = folder / "shop.png"
    file.write_bytes(make_picture(size=(400, 300)))
    page.get_by_role("button", name="图片与介绍").click()
    page.get_by_label("上传照片").set_input_files(file)
    picture = page.locator(".pictures-input img").last
    expect(picture).to_have_attribute("src", re.compile("/pictures/walk/"))
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 400
    check_page(page, "shop-pictures")
    submit_form(page)
    page.get_by_role("tab", name="图片与介绍").click()
    expect(page.locator(".gallery img").first).to_be_visible()
    check_page(page, "shop")


def add_keyword_reply(page: Page) -> None:
    open_menu_entry(page, "会话", "关键词回复")
    page.get_by_test_id("create").click()
    field(page, "name").fill("停车")
    field(page, "keywords").fill("停车\n车位")
    page.get_by_role("button", name="添加回复").click()
    page.get_by_test_id("reply").locator("textarea").fill("地下一层可停车两小时。")
    check_page(page, "reply-form")
    submit_form(page)
    expect(page.locator(".el-table__row", has_text="停车")).to_contain_text("文本：地下一层")
    check_page(page, "keyword-replies")


def publish_menu(page: Page) -> None:
    """Buttons are added, ordered and named; the worker publishes them."""
    open_menu_entry(page, "会话", "自定义菜单")
    page.locator(".el-table__row a").first.click()
    form = page.get_by_test_id("menu-form")
    expect(page.locator(".menu-phone")).to_be_visible()
    while page.get_by_test_id("first-button").count():
        page.get_by_test_id("first-button").first.click()
        form.get_by_role("button", name="删除", exact=True).click()
    for name in ("门店", "会员服务中"):
        page.get_by_role("button", name="添加一级菜单").click()
        form.get_by_label("名称", exact=True).fill(name)
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_test_id("menu-rejection")).to_have_text("一级菜单名称最多 4 个汉字")
    form.get_by_label("名称", exact=True).fill("会员")
    page.get_by_test_id("first-button").nth(1).drag_to(page.get_by_test_id("first-button").nth(0))
    expect(page.get_by_test_id("first-button")).to_have_text(["会员", "门店"])
    page.get_by_role("button", name="在“会员”下添加").click()
    form.get_by_label("名称", exact=True).fill("每日签到")
    form.get_by_role("button", name="添加回复").click()
    form.get_by_test_id("reply").locator("textarea").fill("签到成功")
    check_page(page, "menu")
    page.get_by_role("button", name="发布", exact=True).click()
    confirm(page)
    expect(page.locator(".notice")).to_have_text("草稿已发布。")
    page.get_by_role("button", name="比较").click()
    expect(page.get_by_test_id("findings")).to_contain_text("一致")
    page.get_by_role("button", name="关闭", exact=True).click()


def make_qr_codes(page: Page) -> None:
    open_menu_entry(page, "会话", "带参数二维码")
    page.get_by_test_id("create").click()
    page.locator('[data-field="account"] .el-select').click()
    page.locator(".el-select-dropdown__item:visible").first.click()
    page.locator('[data-field="every_shop"] .el-switch').click()
    check_page(page, "qr-form")
    submit_form(page)
    expect(page.get_by_test_id("form-submit")).to_be_hidden()
    search = page.locator("[data-filter=search] input")
    search.fill("丰台")
    search.press("Enter")
    row = page.locator(".el-table__row").first
    expect(row).to_be_visible()
    for _ in range(20):
        if "可用" in row.inner_text():
            break
        page.wait_for_timeout(500)
        page.get_by_test_id("refresh").click()
    expect(row).to_contain_text("可用")
    check_page(page, "qr-codes")
    page.locator(".el-table__header .el-checkbox").click()
    page.get_by_role("button", name="打印（").click()
    expect(page.locator(".qr-sheet img").first).to_be_visible()
    check_page(page, "qr-sheet")


def check_channel_accounts(page: Page) -> None:
    open_menu_entry(page, "设置", "渠道账号")
    row = page.locator(".el-table__row", has_text="公众号").first
    row.get_by_role("button", name="检查").click()
    expect(page.get_by_test_id("findings")).to_be_visible()
    check_page(page, "channel-check")
    page.get_by_role("button", name="关闭", exact=True).click()
    check_page(page, "channels")
