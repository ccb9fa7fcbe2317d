"""The marketing calendar at the console: entries by kind, filters, and rights."""

import pytest

from store.tenants import business_days
from tests.support.coupon_fixtures import create_listed_rule
from tests.support.draw_fixtures import create_running


@pytest.fixture
def today(web) -> str:
    return business_days.today().isoformat()


def test_entries_open_what_they_name(browser, today):
    activity, rule = create_running(name="周年抽奖"), create_listed_rule(name="五元券")
    found = browser.get("marketing-calendar", since=today, until=today).json["data"]
    assert (found["today"], found["is_cut"]) == (today, False)
    assert {(one["title"], one["path"], one["state"], one["channels"]) for one in found["entries"]} == {
        ("周年抽奖", f"/activities/{activity.public_id}", "running", "线上商城"),
        ("五元券", f"/coupon-rules/{rule.public_id}", "running", "全部渠道"),
    }
    only = browser.get("marketing-calendar", since=today, until=today, kind="activity").json["data"][
        "entries"
    ]
    assert [one["title"] for one in only] == ["周年抽奖"]


def test_an_account_sees_the_kinds_that_it_may_read(browser, new_browser, add_staff, today):
    create_running(name="周年抽奖")
    browser.post("roles", {"key": "viewer", "name": "看日历", "rights": ["marketing_calendar.read"]})
    viewer = new_browser().take_session(add_staff("viewer", "viewer"))
    assert viewer.get("marketing-calendar", since=today, until=today).json["data"]["entries"] == []
    assert viewer.get("marketing-calendar/options").json["data"]["kinds"] == []
    kinds = browser.get("marketing-calendar/options").json["data"]["kinds"]
    assert [one["label"] for one in kinds] == ["促销", "限时抢购", "抽奖活动", "优惠券", "群体发券"]


def test_a_period_needs_both_days(browser, today):
    assert browser.get("marketing-calendar", since=today).status_code == 422
    assert browser.get("marketing-calendar", since=today, until="2020-01-01").json["data"]["field"] == "until"
