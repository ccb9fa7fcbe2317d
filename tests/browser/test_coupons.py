"""Coupons on the pages: claimed, shown at the till, given to a friend by a link, and taken back."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import KEY, XSS_PAYLOAD
from tests.browser.test_pages import has_no_overflow, oauth_url, sign_in

Screenshot = Callable[..., None]
FIVE_OFF = "满 30 减 5 元券"
MARKUP = "<img src=x>"


@dataclass(frozen=True)
class Person:
    """A person of this test alone, with a browser whose WeChat is theirs."""

    id: str
    phone: str
    page: Page


@pytest.fixture
def person(running_app: RunningApp, open_page: OpenPage) -> Callable[[str], Person]:
    def made(name: str, **options: object) -> Person:
        page = open_page("about:blank", **options)
        result = page.request.post(f"{running_app.sandbox}/sandbox/people", data={"name": name}).json()
        return Person(id=result["id"], phone=result["phone"], page=page)

    return made


def coupons(running_app: RunningApp, view: str = "") -> str:
    return f"{running_app.web}/m/coupons?a={KEY}{view}"


def register(who: Person, running_app: RunningApp) -> None:
    """Fill in the form on the page with the code that the phone receives."""
    page = who.page
    page.get_by_label("手机号").fill(who.phone)
    page.get_by_test_id("consent").check()
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("send-code")).to_contain_text("秒后重发")
    inbox = page.request.get(f"{running_app.sandbox}/sandbox/people/{who.id}/sms").json()
    page.get_by_label("验证码").fill(inbox["messages"][0]["params"]["code"])
    page.get_by_test_id("join").click()
    expect(page.get_by_test_id("registration")).to_have_count(0)


def test_a_coupon_is_claimed_given_and_accepted(
    running_app: RunningApp, person: Callable[..., Person], screenshot: Screenshot
) -> None:
    mei, friend = person("小梅"), person("阿强")
    sign_in(mei.page, running_app, mei.id)
    mei.page.get_by_test_id("link-coupons").click()
    expect(mei.page.get_by_test_id("no-results")).to_be_visible()
    screenshot(mei.page, "coupons-1-empty")
    claim(mei, running_app)
    screenshot(mei.page, "coupons-2-centre")
    see_the_code(mei.page)
    screenshot(mei.page, "coupons-3-code")
    link = give(mei.page)
    screenshot(mei.page, "coupons-4-link")
    close_the_sheet(mei.page)
    screenshot(mei.page, "coupons-5-given")
    open_link_signed_out(friend, running_app, link)
    screenshot(friend.page, "gift-1-stranger")
    accept(friend, running_app, screenshot)
    see_gift_history(mei.page, running_app)
    screenshot(mei.page, "coupons-6-record")


def claim(who: Person, running_app: RunningApp) -> None:
    """A follower is asked to register first, does it on the spot, and has the coupon with one tap."""
    page = who.page
    page.get_by_test_id("to-centre").click()
    expect(find_claimable(page, FIVE_OFF).get_by_test_id("claim")).to_be_disabled()
    register(who, running_app)
    find_claimable(page, FIVE_OFF).get_by_test_id("claim").click()
    expect(find_claimable(page, FIVE_OFF)).to_contain_text("已领 1 张")


def see_the_code(page: Page) -> None:
    page.get_by_test_id("back").click()
    find_in_wallet(page, FIVE_OFF).click()
    expect(page.get_by_test_id("qr")).to_be_visible()
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", page.get_by_test_id("code").inner_text())
    assert page.evaluate("document.querySelector('[data-testid=qr]').naturalWidth") > 100


def give(page: Page) -> str:
    """Offer the coupon, and read the link out of what is copied."""
    page.get_by_test_id("give").click()
    page.get_by_role("button", name="确认").click()
    return re.search(r"http\S+", page.get_by_test_id("gift-link").input_value()).group()


def close_the_sheet(page: Page) -> None:
    page.get_by_test_id("close").click()
    expect(page.get_by_test_id("gift-open")).to_be_visible()
    expect(page.get_by_test_id("qr")).to_have_count(0)


def open_link_signed_out(friend: Person, running_app: RunningApp, link: str) -> None:
    """Without signing in the friend sees what it is, and the secret has left the address bar."""
    friend.page.goto(oauth_url(running_app, friend.id, link))
    expect(friend.page.get_by_test_id("giver")).to_contain_text("送您一张优惠券")
    assert "#" not in friend.page.url


def accept(friend: Person, running_app: RunningApp, screenshot: Screenshot) -> None:
    """Back from WeChat's sign-in the gift is still there; a follower registers, and takes it."""
    page = friend.page
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("ineligible-reason")).to_contain_text("请先注册会员")
    screenshot(page, "gift-2-follower")
    register(friend, running_app)
    page.get_by_test_id("accept").click()
    expect(page.get_by_test_id("gift-state")).to_contain_text("您已领取")
    screenshot(page, "gift-3-accepted")
    page.get_by_test_id("to-coupons").click()
    expect(find_in_wallet(page, FIVE_OFF)).to_be_visible()


def see_gift_history(page: Page, running_app: RunningApp) -> None:
    page.goto(f"{running_app.web}/m/me?a={KEY}")
    page.goto(coupons(running_app))
    expect(page.get_by_test_id("no-results")).to_be_visible()
    page.get_by_role("tab", name="转赠中").click()
    expect(page.get_by_test_id("my-gifts")).to_contain_text("已被领取")


@pytest.mark.deep
def test_what_was_given_can_be_taken_back_and_the_link_is_dead(
    running_app: RunningApp, person: Callable[..., Person], screenshot: Screenshot
) -> None:
    mei, friend = person("小梅"), person("阿强")
    sign_in(mei.page, running_app, mei.id)
    mei.page.goto(coupons(running_app))
    claim(mei, running_app)
    see_the_code(mei.page)
    link = give(mei.page)
    close_the_sheet(mei.page)
    mei.page.get_by_test_id("take-back").click()
    mei.page.get_by_role("button", name="确认").click()
    expect(mei.page.get_by_test_id("qr")).to_be_visible()
    expect(mei.page.get_by_test_id("history")).to_contain_text("您已收回")
    friend.page.goto(oauth_url(running_app, friend.id, link))
    expect(friend.page.get_by_test_id("gift-state")).to_have_text("这张券已收回")
    screenshot(friend.page, "gift-4-over")


def test_markup_in_a_coupon_s_texts_stays_text(
    running_app: RunningApp, person: Callable[..., Person]
) -> None:
    mei = person("小梅")
    sign_in(mei.page, running_app, mei.id)
    register(mei, running_app)
    mei.page.goto(coupons(running_app, "#centre"))
    find_claimable(mei.page, MARKUP).get_by_test_id("claim").click()
    expect(find_claimable(mei.page, MARKUP)).to_contain_text("已领 1 张")
    mei.page.get_by_test_id("back").click()
    find_in_wallet(mei.page, MARKUP).click()
    expect(mei.page.get_by_text(XSS_PAYLOAD).first).to_be_visible()
    expect(mei.page).to_have_title("优惠券 · 小二便利")
    assert mei.page.locator("img[src=x]").count() == 0


@pytest.mark.deep
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_fit_their_screen_also_without_signing_in(
    running_app: RunningApp,
    open_page: OpenPage,
    screenshot: Screenshot,
    console_errors: list[str],
    viewport: dict,
) -> None:
    page = open_page(coupons(running_app), viewport=viewport)
    expect(page.get_by_test_id("offer").first).to_be_visible()
    expect(find_claimable(page, "早餐立减 3 元").get_by_test_id("conditions")).to_be_visible()
    screenshot(page, f"coupons-visitor-{viewport['width']}")
    assert has_no_overflow(page)
    page.goto(f"{running_app.web}/m/gifts?a={KEY}")
    expect(page.get_by_test_id("no-results")).to_contain_text("链接不完整")
    assert has_no_overflow(page)
    page.goto(f"{running_app.web}/m/gifts?a={KEY}#{'A' * 43}")  # opened in the page that is there already
    expect(page.get_by_test_id("load-error")).to_contain_text("没有找到该转赠")
    assert [complaint for complaint in console_errors if "404" not in complaint] == []
    console_errors.clear()


def find_claimable(page: Page, name: str) -> Locator:
    return page.get_by_test_id("offer").filter(has=page.get_by_text(name, exact=True))


def find_in_wallet(page: Page, name: str) -> Locator:
    return page.get_by_test_id("coupon").filter(has=page.get_by_text(name, exact=True))
