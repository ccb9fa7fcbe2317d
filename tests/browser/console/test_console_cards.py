"""Member cards in the console: a card is designed with pictures, put into use, and its cards in packs are listed."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

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
from tests.browser.reloading import reload_until
from tests.browser.running_app import RunningApp
from tests.browser.seed_console import LOGIN, PASSWORD
from tests.console.test_pictures import make_picture

TEXTS = {"title": "小二会员", "brand": "小二便利", "privileges": "会员价", "instructions": "结账时出示"}


def test_staff_design_a_card_and_put_it_into_use(
    running_app: RunningApp,
    console_staff: dict[str, str],
    open_page: OpenPage,
    console_errors: list[str],
    tmp_path: Path,
) -> None:
    page = open_page(f"{running_app.web}/console", viewport=WIDE)
    fill_sign_in(page, tenant="walk", login=LOGIN, password=PASSWORD)
    open_menu_entry(page, "客户中心", "会员卡")
    page.get_by_role("button", name="新建会员卡").click()
    for prop, text in TEXTS.items():
        field(page, prop).fill(text)
    choose_pack(page)
    for prop, size in (("logo_url", (500, 400)), ("cover_url", (1024, 643))):
        add_picture(page, prop, size, tmp_path)
    submit_form(page)
    expect(page.locator('.el-dialog [data-field="logo_url"]')).to_contain_text("500×500")
    check_page(page, "card-template-form", errors=None, axe=False)
    console_errors.clear()  # the rejected form
    add_picture(page, "logo_url", (500, 500), tmp_path)
    submit_form(page)
    expect(page.locator(".el-dialog:visible")).to_have_count(0)
    row = rows(page).filter(has_text="小二会员")
    expect(row).to_contain_text("草稿")
    row.get_by_role("button", name="启用").click()
    confirm(page)
    expect(row).to_contain_text("使用中")
    open_menu_entry(page, "客户中心", "卡包会员卡")
    expect(page.locator("main")).to_contain_text("还没有会员把卡添加到卡包")
    check_page(page, "pack-cards", errors=console_errors)
    open_menu_entry(page, "客户中心", "会员卡")
    reload_until(page, rows(page).filter(has_text="微信卡包 已上线"))
    check_page(page, "card-templates", errors=console_errors)


def rows(page: Page) -> Locator:
    return page.locator("main .el-table__row:visible")


def choose_pack(page: Page) -> None:
    page.locator('.el-dialog [data-field="platforms"] .el-select').click()
    page.locator(".el-select-dropdown__item:visible", has_text="微信卡包").click()
    page.keyboard.press("Escape")


def add_picture(page: Page, prop: str, size: tuple[int, int], folder: Path) -> None:
    file = folder / f"{prop}-{size[1]}.png"
    file.write_bytes(make_picture(size=size))
    box = page.locator(f'.el-dialog [data-field="{prop}"]')
    before = box.locator("img").get_attribute("src") if box.locator("img").count() else ""
    box.locator("input[type=file]").set_input_files(file)
    expect(box.locator("img")).not_to_have_attribute("src", before or "none")
