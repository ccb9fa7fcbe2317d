"""What a member sees of tier, points and money, and how a lost phone is told."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import KEY, PAYLOAD
from tests.browser.conftest import PHONE, Open
from tests.browser.processes import ROOT, House
from tests.browser.test_pages import as_person, fits, sign_in

Picture = Callable[..., None]
PAGES = ("tier", "points", "wallet")


def address(house: House, name: str) -> str:
    return f"{house.web}/m/{name}?a={KEY}"


def person(page: Page, house: House) -> tuple[str, str]:
    """A new person of the sandbox and their number."""
    made = page.request.post(f"{house.sandbox}/sandbox/people", data={"name": "晓芸"}).json()
    return made["id"], made["phone"]


def register(page: Page, house: House, who: str, number: str) -> None:
    page.get_by_label("手机号").fill(number)
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("send-code")).to_contain_text("秒后重发")
    inbox = page.request.get(f"{house.sandbox}/sandbox/people/{who}/sms").json()
    page.get_by_label("验证码").fill(inbox["messages"][0]["params"]["code"])
    page.get_by_test_id("join").click()
    expect(page.get_by_test_id("registration")).to_have_count(0)


def spoil(house: House, number: str) -> None:
    command = [sys.executable, "-m", "tests.browser.club", number]
    done = subprocess.run(command, cwd=ROOT, env=house._environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_fan_is_told_what_is_missing_on_every_page(house: House, open_page: Open, picture: Picture) -> None:
    page = open_page("about:blank")
    who, _ = person(page, house)
    sign_in(page, house, who)
    for name, awaited, word in (
        ("tier", "not-joined", "还不是会员"), ("points", "balance", "0"), ("wallet", "payment-code", "注册会员后可用"),
    ):  # fmt: skip
        page.goto(address(house, "me"))
        page.get_by_test_id(f"link-{name}").click()
        expect(page.get_by_test_id(awaited)).to_contain_text(word)
        assert fits(page)
        picture(page, f"club-fan-{name}")
    expect(page.get_by_test_id("empty")).to_have_text("这个月没有储值变动")


def test_a_member_sees_tier_points_and_money_and_reports_a_loss(
    house: House, open_page: Open, picture: Picture, complaints: list[str]
) -> None:
    page = open_page("about:blank", viewport=PHONE)
    who, number = person(page, house)
    sign_in(page, house, who)
    register(page, house, who, number)
    spoil(house, number)
    see_my_tier(page, house, picture)
    see_my_points(page, house, picture)
    see_my_money(page, house, picture)
    pay_by_code(page, picture)
    lose_my_phone(page, house, picture)
    assert all("409" in complaint for complaint in complaints), complaints
    complaints.clear()


def see_my_tier(page: Page, house: House, picture: Picture) -> None:
    page.goto(address(house, "tier"))
    expect(page.get_by_test_id("tier-name")).to_have_text("银卡")
    expect(page.get_by_test_id("tier-until")).to_contain_text("有效期至")
    ways = page.get_by_test_id("next-tier").get_by_test_id("way")
    expect(ways).to_have_count(2)
    expect(page.get_by_test_id("next-tier")).to_contain_text(
        "近 365 天累计消费满 2000.00 元升级金卡，已有 625.00 元，还差 1375.00 元"
    )
    expect(page.get_by_test_id("keep-tier")).to_contain_text("还差 500.00 元")
    expect(page.get_by_test_id("described")).to_have_count(3)
    expect(page.get_by_test_id("term").first).to_contain_text("达到银卡要求的 500.00 元")
    whole(page, picture, "club-tier")


def see_my_points(page: Page, house: House, picture: Picture) -> None:
    page.goto(address(house, "points"))
    expect(page.get_by_test_id("available")).to_have_text("425")
    expect(page.get_by_test_id("ending")).to_contain_text("30 天内过期 425 积分")
    expect(page.get_by_test_id("entry")).to_have_count(2)
    assert page.locator("img[src=x]").count() == 0
    whole(page, picture, "club-points")
    page.get_by_test_id("entry").first.get_by_role("button").click()
    sheet = page.get_by_test_id("entry-sheet")
    expect(sheet).to_contain_text(f"兑换杯子{PAYLOAD}")
    expect(sheet.get_by_test_id("part")).to_contain_text("−200")
    picture(page, "club-points-entry")
    page.locator(".van-popup__close-icon").click()
    page.get_by_test_id("group-growth").click()
    expect(page.get_by_test_id("available")).to_have_text("0")
    expect(page.get_by_test_id("empty")).to_have_text("还没有记录")


def see_my_money(page: Page, house: House, picture: Picture) -> None:
    page.goto(address(house, "wallet"))
    expect(page.get_by_test_id("value-balance")).to_have_text("602.00")
    expect(page.get_by_test_id("booking")).to_have_count(3)
    expect(page.get_by_test_id("booking").first).to_contain_text("余额 602.00")
    expect(page.get_by_test_id("month-sums")).to_have_text("收入 690.00，支出 88.00")
    expect(page.get_by_test_id("top-up-rules")).to_contain_text("充 100 元送 10 元，充 500 元送 80 元")
    whole(page, picture, "club-wallet")
    with page.expect_download() as kept:
        page.get_by_test_id("export").click()
    text = kept.value.path().read_bytes()
    assert text.startswith("\ufeff时间".encode())
    assert kept.value.suggested_filename.startswith("储值明细-")
    page.get_by_test_id("month-before").click()
    expect(page.get_by_test_id("empty")).to_have_text("这个月没有储值变动")


def pay_by_code(page: Page, picture: Picture) -> None:
    """The code renews itself before it ends, and stands in no address."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.get_by_test_id("show-code").click()
    digits = page.get_by_test_id("code-digits")
    expect(digits).to_have_text(re.compile(r"^88\d\d \d{4} \d{4} \d{4} \d\d$"))
    expect(page.get_by_test_id("code-picture")).to_be_visible()
    first = digits.inner_text()
    picture(page, "club-code")
    page.clock.run_for(30_000)
    expect(digits).to_have_text(first)
    page.clock.run_for(31_000)
    expect(digits).not_to_have_text(first)
    shown = [text.replace(" ", "") for text in (first, digits.inner_text())]
    assert not [url for url in asked for code in shown if code in url and not url.startswith("data:")]
    page.get_by_test_id("hide-code").click()
    expect(digits).to_have_count(0)


def lose_my_phone(page: Page, house: House, picture: Picture) -> None:
    page.goto(address(house, "wallet"))
    page.get_by_test_id("show-code").click()
    expect(page.get_by_test_id("code-picture")).to_be_visible()
    page.get_by_test_id("report-loss").click()
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_test_id("frozen")).to_have_count(0)
    page.get_by_test_id("report-loss").click()
    picture(page, "club-loss")
    page.get_by_role("button", name="确定挂失").click()
    expect(page.get_by_test_id("frozen")).to_contain_text("账户已冻结")
    expect(page.get_by_test_id("code-picture")).to_have_count(0)
    expect(page.get_by_test_id("report-loss")).to_have_count(0)
    picture(page, "club-frozen")


def whole(page: Page, picture: Picture, name: str) -> None:
    """The page fits, and is kept in its whole length."""
    assert fits(page)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": PHONE["width"], "height": max(height, PHONE["height"])})
    picture(page, name)
    page.set_viewport_size(PHONE)


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_brought_to_the_page_they_wanted(house: House, open_page: Open, name: str) -> None:
    page = open_page(as_person(house, "lili", address(house, name)))
    page.get_by_test_id("sign-in").click()
    expect(page.locator("body[data-signed-in=yes]")).to_be_attached()
    assert page.url.partition("#")[0] == address(house, name)


@pytest.mark.parametrize("name", PAGES)
def test_a_failure_is_told_and_can_be_tried_again(
    house: House, open_page: Open, complaints: list[str], name: str
) -> None:
    page = open_page("about:blank")
    sign_in(page, house, "lili")
    path = {"tier": "tier", "points": "points", "wallet": "stored-value"}[name]
    page.route(f"**/api/me/{path}", lambda route: route.abort(), times=1)
    page.goto(address(house, name))
    expect(page.get_by_test_id("trouble")).to_contain_text("网络不太顺畅")
    complaints.clear()
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("trouble")).to_have_count(0)
    expect(page.locator(".card").first).to_be_visible()
