"""What the phone page adds for trying things out: a later day, invisible characters, a link passed on.

The application is one of its own, because its clock is advanced.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from store.core import clock
from tests.browser.conftest import DESK, OpenPage
from tests.browser.running_app import RunningApp, run_app
from tests.browser.test_first_conversation import last_replies, page_frame, send_text

ONE_DAY_S = 86_400


@pytest.fixture(scope="module")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app(tmp_path_factory.mktemp("advanced")) as started:
        yield started


@pytest.fixture
def phone(running_app: RunningApp, open_page: OpenPage) -> Page:
    """小美's phone in the chat of an account that she follows."""
    page = open_page(running_app.sandbox, viewport=DESK)
    page.get_by_test_id("person-xiaomei").click()
    page.get_by_test_id(f"account-{running_app.facts['appid']}").click()
    page.get_by_test_id("follow").click()
    expect(last_replies(page)).to_contain_text("欢迎")
    return page


@pytest.mark.deep
def test_a_later_day_invisible_characters_and_a_link_passed_on(
    phone: Page, running_app: RunningApp, screenshot: Callable[..., None]
) -> None:
    send_text(phone, "签\\u0008到")
    expect(last_replies(phone)).to_contain_text("已连续签到 1 天")
    send_text(phone, "签到")
    expect(last_replies(phone)).to_contain_text("今天已经签到过了")

    phone.get_by_test_id("tab-faults").click()
    phone.get_by_test_id(f"advance-{ONE_DAY_S}").click()
    expect(phone.get_by_test_id("faults")).to_contain_text("快进到了")
    send_text(phone, "签到")
    expect(last_replies(phone)).to_contain_text("已连续签到 2 天")
    screenshot(phone, "sandbox-1-later-day")

    open_member_page(phone)
    phone.get_by_test_id("browser-share").click()
    screenshot(phone, "sandbox-2-share")
    phone.get_by_test_id("share-laowang").click()
    expect(phone.get_by_test_id("toast")).to_contain_text("已发给老王")
    phone.get_by_test_id("person-laowang").click()
    phone.get_by_test_id("link-0").click()
    expect(page_frame(phone).get_by_test_id("points")).to_have_text("0")
    screenshot(phone, "sandbox-3-received")

    phone.get_by_test_id(f"advance-{30 * ONE_DAY_S}").click()
    expect(phone.get_by_test_id("faults")).to_contain_text(f"{day_after(31).month}月")
    phone.get_by_test_id("link-0").click()
    month = f"{day_after(31).year} 年 {day_after(31).month} 月"
    expect(page_frame(phone).get_by_test_id("calendar")).to_contain_text(month)
    screenshot(phone, "sandbox-4-later-month")


def day_after(days: int) -> datetime:
    """The day so many days after the real one, in Shanghai."""
    return clock.to_local(clock.machine_time() + timedelta(days=days))


def open_member_page(phone: Page) -> None:
    """The menu is published by the worker, so it may come a moment later."""
    expect(phone.get_by_test_id("menu-0")).to_have_text("会员卡")
    phone.get_by_test_id("menu-0").click()
    last_replies(phone).get_by_test_id("article").click()
    expect(page_frame(phone).get_by_test_id("points")).not_to_have_text("0")
