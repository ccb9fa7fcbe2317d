"""A new WeChat verifies the phone of a member: the page asks, and shows nothing of the member before a proof."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.test_membership import address, person, register
from tests.browser.test_pages import has_no_overflow, sign_in

Screenshot = Callable[..., None]
WIDTHS = (320, 390, 1440)


@pytest.fixture
def old(running_app: RunningApp, open_page: OpenPage) -> tuple[Page, str]:
    """The page of a member who bought for 19.90 yuan yesterday, and their number."""
    page = open_page("about:blank", viewport=PHONE)
    who, number = person(page, running_app)
    sign_in(page, running_app, who)
    register(page, running_app, who, number)
    running_app.run_module("tests.browser.seed_old_member", number)
    return page, number


@pytest.fixture
def new(running_app: RunningApp, open_page: OpenPage, old: tuple[Page, str]) -> Page:
    """The page of another WeChat that has verified the same phone."""
    page = open_page("about:blank", viewport=PHONE)
    who, _ = person(page, running_app)
    sign_in(page, running_app, who)
    holders = page.request.get(f"{running_app.sandbox}/sandbox/people").json()
    holder = next(one["id"] for one in holders["people"] if one["phone"] == old[1])
    register(page, running_app, holder, old[1])
    return page


def look(page: Page, screenshot: Screenshot, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert has_no_overflow(page)
        screenshot(page, f"{name}-{width}")
    page.set_viewport_size(PHONE)


def test_f05_the_question_is_answered_from_the_old_wechat(
    old: tuple[Page, str],
    new: Page,
    running_app: RunningApp,
    screenshot: Screenshot,
    console_errors: list[str],
) -> None:
    asked = new.get_by_test_id("phone-claim")
    expect(asked).to_contain_text("该手机号已有会员，是您本人吗？")
    expect(new.get_by_test_id("tier")).to_have_text("未注册")
    card = new.get_by_test_id("card-number").inner_text()
    look(new, screenshot, "phone-claim-question")
    new.get_by_test_id("claim-yes").click()
    prove_wrongly(new, console_errors)
    look(new, screenshot, "phone-claim-proofs")
    page, _ = old
    page.goto(address(running_app, "me"))
    expect(page.get_by_test_id("phone-confirmation")).to_contain_text("是您本人")
    look(page, screenshot, "phone-claim-confirmation")
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("phone-confirmation")).to_have_count(0)
    new.get_by_test_id("claim-check").click()
    expect(asked).to_have_count(0)
    expect(new.get_by_test_id("card-number")).to_have_text(page.get_by_test_id("card-number").inner_text())
    expect(new.get_by_test_id("card-number")).not_to_have_text(card)


def prove_wrongly(page: Page, console_errors: list[str]) -> None:
    page.get_by_test_id("claim-prove").click()
    expect(page.get_by_test_id("claim-failure")).to_have_text("请先查找并选择门店")
    page.get_by_label("门店", exact=True).fill("西站南广场")
    page.get_by_test_id("claim-search").click()
    page.get_by_test_id("claim-shop").first.click()
    page.get_by_label("实付金额").fill("20")
    page.get_by_test_id("claim-prove").click()
    expect(page.get_by_test_id("claim-failure")).to_contain_text("还可尝试 2 次")
    expect(page.get_by_test_id("attempts-left")).to_have_text("还可尝试 2 次")
    assert all("409" in complaint for complaint in console_errors), console_errors
    console_errors.clear()


@pytest.mark.deep
def test_f05_shop_and_amount_prove_it_on_the_page(old: tuple[Page, str], new: Page) -> None:
    new.get_by_test_id("claim-yes").click()
    new.get_by_label("门店", exact=True).fill("西站南广场")
    new.get_by_test_id("claim-search").click()
    new.get_by_test_id("claim-shop").first.click()
    new.get_by_label("实付金额").fill("19.90")
    new.get_by_test_id("claim-prove").click()
    expect(new.get_by_test_id("phone-claim")).to_have_count(0)
    expect(new.get_by_test_id("card-number")).to_have_text(old[0].get_by_test_id("card-number").inner_text())


@pytest.mark.deep
def test_f05_no_opens_a_new_member_on_the_page(old: tuple[Page, str], new: Page) -> None:
    new.get_by_test_id("claim-no").click()
    new.get_by_role("button", name="开通新会员").last.click()
    expect(new.get_by_test_id("phone-claim")).to_have_count(0)
    expect(new.get_by_test_id("tier")).to_have_text("普卡")
    expect(new.get_by_test_id("card-number")).not_to_have_text(
        old[0].get_by_test_id("card-number").inner_text()
    )
