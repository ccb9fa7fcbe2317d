"""The messages of a member on a page: what is unread, what a tap opens, what is deleted, and the settings."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed import XSS_PAYLOAD
from tests.browser.test_membership import address, person
from tests.browser.test_pages import sign_in
from tests.browser.test_profile import shoot

Screenshot = Callable[..., None]
MESSAGES_PATTERN = "**/api/me/messages?*"


@pytest.fixture
def page(running_app: RunningApp, open_page: OpenPage) -> Page:
    """My page of a new follower with two unread messages."""
    page = open_page("about:blank")
    sign_in(page, running_app, person(page, running_app)[0])
    card = page.get_by_test_id("card-number").inner_text().replace(" ", "")
    running_app.run_seed("tests.browser.seed_messages", card)
    page.reload()
    return page


def test_a_member_reads_opens_and_deletes_messages(page: Page, screenshot: Screenshot) -> None:
    messages, unread = page.get_by_test_id("message"), page.get_by_test_id("unread")
    expect(page.get_by_role("link", name="我的消息，2 条未读")).to_be_visible()
    shoot(page, screenshot, "messages-me")
    page.get_by_test_id("link-messages").click()
    expect(unread).to_have_count(2)
    expect(page.get_by_role("tab", name="未读 2")).to_be_visible()
    expect(messages.last).to_contain_text(f"由银卡变为金卡{XSS_PAYLOAD}")
    shoot(page, screenshot, "messages-unread")

    messages.first.get_by_test_id("open").click()
    expect(page.get_by_test_id("balance")).to_be_visible()
    page.go_back()
    expect(messages).to_have_count(2)
    expect(unread).to_have_count(1)
    page.get_by_role("tab", name="未读 1").click()
    expect(messages).to_have_count(1)

    page.get_by_test_id("read-all").click()
    expect(page.get_by_test_id("empty")).to_contain_text("没有未读消息")
    expect(page.get_by_test_id("read-all")).to_have_count(0)
    page.get_by_role("tab", name="全部").click()
    expect(messages).to_have_count(2)
    expect(unread).to_have_count(0)

    messages.first.get_by_test_id("delete").click()
    shoot(page, screenshot, "messages-delete")
    page.get_by_role("button", name="取消").click()
    expect(messages).to_have_count(2)
    for left in (1, 0):
        messages.first.get_by_test_id("delete").click()
        page.get_by_role("button", name="删除", exact=True).click()
        expect(messages).to_have_count(left)
    page.reload()
    expect(page.get_by_test_id("empty")).to_contain_text("还没有消息")
    shoot(page, screenshot, "messages-empty")


def abort(route: Route) -> None:
    route.abort()


def test_more_messages_are_loaded_and_a_failure_is_repeated(
    running_app: RunningApp, page: Page, screenshot: Screenshot, console_errors: list[str]
) -> None:
    page.route(MESSAGES_PATTERN, lambda route: route.continue_(url=route.request.url.replace("=20", "=1")))
    page.goto(address(running_app, "messages"))
    expect(page.get_by_test_id("message")).to_have_count(1)
    page.route(MESSAGES_PATTERN, abort)
    page.get_by_test_id("more").click()
    expect(page.get_by_test_id("load-error")).to_contain_text("网络不太顺畅")
    shoot(page, screenshot, "messages-failure")
    page.unroute(MESSAGES_PATTERN, abort)
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("message")).to_have_count(2)
    expect(page.get_by_test_id("more")).to_have_count(0)
    assert all("ERR_FAILED" in complaint for complaint in console_errors), console_errors
    console_errors.clear()


def test_a_member_switches_marketing_and_a_medium(page: Page, screenshot: Screenshot) -> None:
    page.get_by_test_id("link-messages").click()
    page.get_by_test_id("link-message-settings").click()
    marketing, sms = page.get_by_test_id("switch-marketing"), page.get_by_test_id("switch-sms")
    expect(marketing).to_be_visible()
    shoot(page, screenshot, "message-settings-off")
    expect(sms).to_be_disabled()
    marketing.click()
    expect(sms).to_be_checked()
    sms.press("Space")
    expect(sms).not_to_be_checked()
    page.reload()
    expect(marketing).to_be_checked()
    expect(sms).not_to_be_checked()
    shoot(page, screenshot, "message-settings-on")
    page.get_by_test_id("to-messages").click()
    expect(page.get_by_test_id("message")).to_have_count(2)
