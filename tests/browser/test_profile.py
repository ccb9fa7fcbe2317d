"""The profile of a member on a page: agreements, phone, and the ways to leave."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import has_no_overflow, sign_in

Screenshot = Callable[..., None]
WIDTHS = (320, 390, 1440)


def shoot(page: Page, screenshot: Screenshot, name: str) -> None:
    """Keep screenshots of a small phone, a phone and a desk."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert has_no_overflow(page), (name, width)
        screenshot(page, f"{name}-{width}")
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.fixture
def member(running_app: RunningApp, open_page: OpenPage) -> tuple[Page, str, str]:
    """A page of a new person who has signed in, with id and phone."""
    page = open_page("about:blank")
    who, number = person(page, running_app)
    sign_in(page, running_app, who)
    return page, who, number


def test_n16_no_code_is_sent_before_both_texts_are_accepted(
    running_app: RunningApp, member: tuple[Page, str, str], screenshot: Screenshot
) -> None:
    page, who, number = member
    expect(page.get_by_test_id("consent")).not_to_be_checked()
    page.get_by_label("手机号").fill(number)
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("registration-failure")).to_have_text("请先阅读并同意用户协议和隐私政策")
    shoot(page, screenshot, "n16-registration")
    for kind, title in (("terms", "用户协议"), ("privacy", "隐私政策")):
        with page.context.expect_page() as opened:
            page.get_by_test_id(f"link-{kind}").click()
        expect(opened.value.get_by_role("heading", name=title)).to_be_visible()
        shoot(opened.value, screenshot, f"n16-{kind}")
        opened.value.close()
    register(page, running_app, who, number)
    page.get_by_test_id("link-profile").click()
    expect(page.get_by_test_id("consent-terms")).to_contain_text("已同意第 1 版")
    expect(page.get_by_test_id("phone")).to_have_text(f"{number[:3]}****{number[-4:]}")


def test_a_member_changes_nickname_birthday_and_phone(
    running_app: RunningApp, member: tuple[Page, str, str], screenshot: Screenshot
) -> None:
    page, who, number = member
    register(page, running_app, who, number)
    page.goto(address(running_app, "profile"))
    page.get_by_label("昵称").fill("芸芸")
    page.get_by_label("生日").fill("1990-05-17")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("birthday")).to_contain_text("已填生日")
    expect(page.get_by_label("昵称")).to_have_value("芸芸")
    shoot(page, screenshot, "n16-profile")
    page.get_by_test_id("change-phone").click()
    expect(page.get_by_test_id("consent")).to_have_count(0)
    _, other = person(page, running_app)
    page.get_by_label("手机号").fill(other)
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("send-code")).to_contain_text("秒后重发")
    page.get_by_label("验证码").fill(find_code(page, running_app, other))
    page.get_by_test_id("join").click()
    expect(page.get_by_test_id("phone")).to_have_text(f"{other[:3]}****{other[-4:]}")


def top_up_in_cash(running_app: RunningApp, card: str, *, receipt: str) -> None:
    """A clerk takes 97.50 yuan at the shell."""
    running_app.run_module(
        "flask", "stored-value", "top-up", card.replace(" ", ""), "97.50", "--receipt", receipt
    )


def find_code(page: Page, running_app: RunningApp, number: str) -> str:
    """The code that the sandbox sent to a number."""
    people = page.request.get(f"{running_app.sandbox}/sandbox/people").json()["people"]
    (who,) = (each["id"] for each in people if each["phone"] == number)
    inbox = page.request.get(f"{running_app.sandbox}/sandbox/people/{who}/sms").text()
    return re.search(r'"code":\s*"(\d{6})"', inbox).group(1)


def test_n01_a_member_with_money_requests_the_closing_and_cancels(
    running_app: RunningApp, member: tuple[Page, str, str], screenshot: Screenshot
) -> None:
    page, who, number = member
    register(page, running_app, who, number)
    top_up_in_cash(running_app, page.get_by_test_id("card-number").inner_text(), receipt=number)
    page.get_by_test_id("link-profile").click()
    page.get_by_test_id("link-closing").click()
    expect(page.get_by_test_id("principal")).to_have_text("97.50 元")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("failure")).to_have_text("请先勾选确认")
    shoot(page, screenshot, "n01-closing")
    page.get_by_test_id("understood").check()
    page.get_by_test_id("confirm").click()
    shoot(page, screenshot, "n01-closing-question")
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_test_id("pending")).to_contain_text("结束前可以撤回")
    shoot(page, screenshot, "n01-closing-pending")
    page.goto(address(running_app, "me"))
    expect(page.get_by_test_id("closing-due")).to_contain_text("已申请注销")
    shoot(page, screenshot, "n01-me-with-closing")
    page.get_by_test_id("closing-due").click()
    page.get_by_test_id("cancel").click()
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_test_id("pending")).to_have_count(0)
    expect(page.get_by_test_id("confirm")).to_be_visible()


@pytest.mark.deep
def test_n01_after_an_erasure_the_phone_can_be_bound_again(
    running_app: RunningApp, member: tuple[Page, str, str], screenshot: Screenshot
) -> None:
    page, who, number = member
    register(page, running_app, who, number)
    page.goto(address(running_app, "erasure"))
    expect(page.get_by_test_id("kept")).to_contain_text("储值余额")
    shoot(page, screenshot, "n01-erasure")
    page.get_by_test_id("understood").check()
    page.get_by_test_id("confirm").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_test_id("signed-out")).to_be_visible()
    sign_in(page, running_app, who)
    expect(page.get_by_role("heading", name="绑定手机号")).to_be_visible()
    shoot(page, screenshot, "n01-bind")
    register(page, running_app, who, number)
    page.goto(address(running_app, "profile"))
    expect(page.get_by_test_id("phone")).to_have_text(f"{number[:3]}****{number[-4:]}")
