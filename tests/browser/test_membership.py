"""What a member sees of tier, points and money, and how the loss of a phone is reported."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import KEY, XSS_PAYLOAD
from tests.browser.test_pages import has_no_overflow, oauth_url, sign_in

Screenshot = Callable[..., None]
PAGES = ("tier", *(pytest.param(name, marks=pytest.mark.deep) for name in ("points", "wallet")))


def address(running_app: RunningApp, name: str) -> str:
    return f"{running_app.web}/m/{name}?a={KEY}"


def person(page: Page, running_app: RunningApp) -> tuple[str, str]:
    """A new person of the sandbox and their number."""
    made = page.request.post(f"{running_app.sandbox}/sandbox/people", data={"name": "晓芸"}).json()
    return made["id"], made["phone"]


def register(page: Page, running_app: RunningApp, who: str, number: str) -> None:
    page.get_by_label("手机号").fill(number)
    page.get_by_test_id("consent").check()
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("send-code")).to_contain_text("秒后重发")
    inbox = page.request.get(f"{running_app.sandbox}/sandbox/people/{who}/sms").json()
    page.get_by_label("验证码").fill(inbox["messages"][0]["params"]["code"])
    page.get_by_test_id("join").click()
    expect(page.get_by_test_id("registration")).to_have_count(0)


def seed_purchases(running_app: RunningApp, number: str) -> None:
    running_app.run_module("tests.browser.seed_purchases", number)


def test_a_follower_sees_what_is_missing_on_every_page(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot
) -> None:
    page = open_page("about:blank")
    who, _ = person(page, running_app)
    sign_in(page, running_app, who)
    for name, awaited, word in (
        ("tier", "not-joined", "还不是会员"), ("points", "balance", "0"), ("wallet", "payment-code", "注册会员后可用"),
    ):  # fmt: skip
        page.goto(address(running_app, "me"))
        page.get_by_test_id(f"link-{name}").click()
        expect(page.get_by_test_id(awaited)).to_contain_text(word)
        assert has_no_overflow(page)
        screenshot(page, f"programme-follower-{name}")
    expect(page.get_by_test_id("empty")).to_have_text("这个月没有储值变动")


def test_a_member_sees_tier_points_and_money_and_reports_a_loss(
    running_app: RunningApp, open_page: OpenPage, screenshot: Screenshot, console_errors: list[str]
) -> None:
    page = open_page("about:blank", viewport=PHONE)
    who, number = person(page, running_app)
    sign_in(page, running_app, who)
    register(page, running_app, who, number)
    seed_purchases(running_app, number)
    see_my_tier(page, running_app, screenshot)
    see_my_points(page, running_app, screenshot)
    see_my_money(page, running_app, screenshot)
    pay_by_code(page, screenshot)
    lose_my_phone(page, running_app, screenshot)
    assert all("409" in complaint for complaint in console_errors), console_errors
    console_errors.clear()


def see_my_tier(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    page.goto(address(running_app, "tier"))
    expect(page.get_by_test_id("tier-name")).to_have_text("银卡")
    expect(page.get_by_test_id("tier-until")).to_contain_text("有效期至")
    ways = page.get_by_test_id("next-tier").get_by_test_id("requirement")
    expect(ways).to_have_count(2)
    expect(page.get_by_test_id("next-tier")).to_contain_text(
        "近 365 天累计消费满 2000.00 元升级金卡，已有 625.00 元，还差 1375.00 元"
    )
    expect(page.get_by_test_id("tier-retention")).to_contain_text("已有 625.00 元，已达成")
    expect(page.get_by_test_id("tier-description")).to_have_count(3)
    expect(page.get_by_test_id("tier-period").first).to_contain_text("达到银卡要求的 500.00 元")
    screenshot_full_page(page, screenshot, "programme-tier")


def see_my_points(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    page.goto(address(running_app, "points"))
    expect(page.get_by_test_id("available")).to_have_text("425")
    expect(page.get_by_test_id("expiring")).to_contain_text("30 天内过期 425 积分")
    expect(page.get_by_test_id("entry")).to_have_count(2)
    assert page.locator("img[src=x]").count() == 0
    screenshot_full_page(page, screenshot, "programme-points")
    page.get_by_test_id("entry").first.get_by_role("button").click()
    sheet = page.get_by_test_id("entry-sheet")
    expect(sheet).to_contain_text(f"兑换杯子{XSS_PAYLOAD}")
    expect(sheet.get_by_test_id("allocation")).to_contain_text("−200")
    screenshot(page, "programme-points-entry")
    page.locator(".van-popup__close-icon").click()
    page.get_by_test_id("group-growth").click()
    expect(page.get_by_test_id("available")).to_have_text("0")
    expect(page.get_by_test_id("empty")).to_have_text("还没有记录")


def see_my_money(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    page.goto(address(running_app, "wallet"))
    expect(page.get_by_test_id("value-balance")).to_have_text("602.00")
    expect(page.get_by_test_id("statement-entry")).to_have_count(3)
    expect(page.get_by_test_id("statement-entry").first).to_contain_text("余额 602.00")
    expect(page.get_by_test_id("month-sums")).to_have_text("收入 690.00，支出 88.00")
    expect(page.get_by_test_id("top-up-rules")).to_contain_text("充 100 元送 10 元，充 500 元送 80 元")
    screenshot_full_page(page, screenshot, "programme-wallet")
    with page.expect_download() as kept:
        page.get_by_test_id("export").click()
    text = kept.value.path().read_bytes()
    assert text.startswith("\ufeff时间".encode())
    assert kept.value.suggested_filename.startswith("储值明细-")
    page.get_by_test_id("month-before").click()
    expect(page.get_by_test_id("empty")).to_have_text("这个月没有储值变动")


def pay_by_code(page: Page, screenshot: Screenshot) -> None:
    """The code renews itself before it ends, and is part of no address."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.get_by_test_id("show-code").click()
    digits = page.get_by_test_id("code-digits")
    expect(digits).to_have_text(re.compile(r"^88\d\d \d{4} \d{4} \d{4} \d\d$"))
    expect(page.get_by_test_id("code-picture")).to_be_visible()
    first = digits.inner_text()
    screenshot(page, "programme-code")
    page.clock.run_for(30_000)
    expect(digits).to_have_text(first)
    page.clock.run_for(31_000)
    expect(digits).not_to_have_text(first)
    shown = [text.replace(" ", "") for text in (first, digits.inner_text())]
    assert not [url for url in asked for code in shown if code in url and not url.startswith("data:")]
    page.get_by_test_id("hide-code").click()
    expect(digits).to_have_count(0)


def lose_my_phone(page: Page, running_app: RunningApp, screenshot: Screenshot) -> None:
    page.goto(address(running_app, "wallet"))
    page.get_by_test_id("show-code").click()
    expect(page.get_by_test_id("code-picture")).to_be_visible()
    page.get_by_test_id("report-loss").click()
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_test_id("frozen")).to_have_count(0)
    page.get_by_test_id("report-loss").click()
    screenshot(page, "programme-loss")
    page.get_by_role("button", name="确定挂失").click()
    expect(page.get_by_test_id("frozen")).to_contain_text("账户已冻结")
    expect(page.get_by_test_id("code-picture")).to_have_count(0)
    expect(page.get_by_test_id("report-loss")).to_have_count(0)
    screenshot(page, "programme-frozen")


def screenshot_full_page(page: Page, screenshot: Screenshot, name: str) -> None:
    """The page fits, and is kept in its whole length."""
    assert has_no_overflow(page)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": PHONE["width"], "height": max(height, PHONE["height"])})
    screenshot(page, name)
    page.set_viewport_size(PHONE)


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_brought_to_the_page_they_wanted(
    running_app: RunningApp, open_page: OpenPage, name: str
) -> None:
    page = open_page(oauth_url(running_app, "lili", address(running_app, name)))
    page.get_by_test_id("sign-in").click()
    expect(page.locator("body[data-signed-in=yes]")).to_be_attached()
    assert page.url.partition("#")[0] == address(running_app, name)


@pytest.mark.parametrize("name", PAGES)
def test_a_failure_is_reported_and_can_be_tried_again(
    running_app: RunningApp, open_page: OpenPage, console_errors: list[str], name: str
) -> None:
    page = open_page("about:blank")
    sign_in(page, running_app, "lili")
    path = {"tier": "tier", "points": "points", "wallet": "stored-value"}[name]
    page.route(f"**/api/me/{path}", lambda route: route.abort(), times=1)
    page.goto(address(running_app, name))
    expect(page.get_by_test_id("load-error")).to_contain_text("网络不太顺畅")
    console_errors.clear()
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("load-error")).to_have_count(0)
    expect(page.locator(".card").first).to_be_visible()


def test_f16_the_page_shows_a_captcha_when_it_is_asked_for(
    running_app: RunningApp, open_page: OpenPage, console_errors: list[str], screenshot: Screenshot
) -> None:
    """Every answer is refused with 422, so a wrong one brings another picture."""
    page = open_page("about:blank", viewport={"width": 320, "height": 700})
    sign_in(page, running_app, "lili")
    with closing(sqlite3.connect(running_app.database_file, isolation_level=None)) as records:
        records.execute(
            "INSERT INTO setting (group_name, value, changed_at) VALUES ('sms_code', ?, datetime('now'))",
            ('{"captcha_from": 1}',),
        )
        try:
            page.wait_for_timeout(1100)  # settings are cached for a second
            page.get_by_test_id("consent").click()
            page.get_by_label("手机号").fill("13900139077")
            page.get_by_test_id("send-code").click()
            picture = page.get_by_test_id("captcha").locator("img")
            expect(picture).to_be_visible()
            expect(page.get_by_test_id("registration-failure")).to_have_text("请先输入图片验证码")
            before = picture.get_attribute("src")
            page.get_by_placeholder("图中字符").fill("0000")
            page.get_by_test_id("send-code").click()
            expect(page.get_by_test_id("registration-failure")).to_contain_text("图片验证码不正确或已失效")
            expect(picture).not_to_have_attribute("src", before)
            for width in (320, 390, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                screenshot(page, f"f16-captcha-{width}")
        finally:
            records.execute("DELETE FROM setting WHERE group_name = 'sms_code'")
    console_errors.clear()
