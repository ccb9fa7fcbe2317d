"""From the till to the phone: what happens to a member arrives by the set medium, is unread, and is read."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from platforms.http import PlatformSession
from tests.browser.conftest import DESK, WAIT_MS, OpenPage
from tests.browser.running_app import RunningApp
from tests.browser.seed_message_story import APPID, PIN
from tests.browser.test_till import expect_due, expect_status, fill_form, open_shift, type_line

Screenshot = Callable[..., None]
ARRIVES_MS = WAIT_MS  # the worker polls, as there is no Redis


class Scene:
    """A member whose phone the sandbox plays, and what the till's sign-in needs."""

    def __init__(self, app: RunningApp) -> None:
        self._app, self._http = app, PlatformSession(base_url=app.sandbox)
        person = self.call("POST", "people", {"name": "周女士"})
        self.person, self.number, self.app_id = person["id"], person["phone"], app.facts["appid"]
        self.call("POST", f"people/{self.person}/chats/{self.app_id}/actions", {"action": "follow"})
        openid = self.call("GET", f"people/{self.person}/chats/{self.app_id}")["openid"]
        self.facts = self.seed("shop", app.sandbox, self.person, self.number, openid)

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self._http.request(method, f"{self._app.sandbox}/sandbox/{path}", json=body).json()

    def seed(self, *arguments: str) -> dict[str, Any]:
        return self._app.run_seed("tests.browser.seed_message_story", *arguments)

    def answer(self, title: str, answer: str) -> None:
        """What the person taps when the mini-program asks."""
        self.call(
            "POST", f"people/{self.person}/subscriptions/{APPID}", {"answers": {self.facts[title]: answer}}
        )


@pytest.fixture(scope="module")
def scene(running_app: RunningApp) -> Scene:
    return Scene(running_app)


@pytest.fixture
def till(running_app: RunningApp, open_page: OpenPage, scene: Scene) -> Page:
    """The page with a signed-in cashier, an open shift and the member."""
    page = open_page(f"{running_app.web}/till", viewport=DESK)
    open_shift(page, scene.facts, cashier="1108", pin=PIN)
    fill_form(page, "F3", scene.number)
    return page


def test_messages_arrive_by_the_set_medium_and_are_read(
    running_app: RunningApp, till: Page, open_page: OpenPage, scene: Scene, screenshot: Screenshot
) -> None:
    phone = open_page(
        f"{running_app.sandbox}/?person={scene.person}&account={scene.app_id}", viewport=DESK, bypass_csp=True
    )
    till.keyboard.press("F1")
    expect(till.get_by_test_id("dialog-list")).to_be_visible()
    till.get_by_test_id("dialog-list").get_by_text("会员充值").click()
    till.locator("input[name=amount_fen]").fill("200")
    till.keyboard.press("Enter")
    till.get_by_role("button", name="确认充值").click()
    expect_status(till, "充值成功")
    screenshot(till, "messages-1-till")
    expect(phone.get_by_text("储值充值成功通知")).to_be_visible(timeout=ARRIVES_MS)

    # The person rejects the subscription, so the message about the payment comes from the official account.
    scene.answer("储值消费通知", "reject")
    type_line(till, "12.80")
    expect_due(till, "12.80")
    fill_form(till, "F6", scene.seed("code", scene.facts["card"])["code"], "12.80")
    expect_status(till, "收款成功")
    expect(phone.get_by_text("储值消费通知")).to_be_visible(timeout=ARRIVES_MS)
    expect(phone.get_by_text("12.80元").last).to_be_visible()
    screenshot(phone, "messages-2-chat")

    # The person accepts the other one, so the message about the points comes from the mini-program.
    scene.answer("积分到期提醒", "accept")
    scene.seed("expire", scene.facts["card"])
    phone.goto(f"{running_app.sandbox}/?person={scene.person}&account={APPID}")
    expect(phone.get_by_test_id("service-notice")).to_contain_text("积分到期提醒", timeout=ARRIVES_MS)
    screenshot(phone, "messages-3-program")

    home = f"{running_app.web}/m/messages?a=walk"
    page = open_page(f"{running_app.sandbox}/open?person={scene.person}&url={quote(home, safe='')}")
    page.get_by_role("button", name="微信登录").click()
    expect(page.get_by_test_id("message").filter(has_text="您有 66 积分将于")).to_be_visible()
    expect(page.get_by_test_id("unread").first).to_be_visible()
    unread = page.get_by_test_id("unread").count()
    screenshot(page, "messages-4-unread")
    page.get_by_test_id("message").filter(has_text="储值充值成功").get_by_test_id("open").click()
    expect(page.get_by_test_id("value-balance")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("unread")).to_have_count(unread - 1)
