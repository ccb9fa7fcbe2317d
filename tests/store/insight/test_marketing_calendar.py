"""The marketing calendar: which entries a period has, in which states, and what an account may see of them."""

from datetime import date, timedelta

import pytest

from store.activities import publication
from store.core import clock
from store.core.errors import DomainError
from store.coupons import bulk_issue
from store.coupons import rules as coupon_rules
from store.flash_sales import publication as flash_publication
from store.insight import marketing_calendar
from store.insight.marketing_calendar import CalendarFilter
from store.shops import shops
from store.shops.coordinates import Coordinates
from store.tenants import business_days
from tests.support import flash_fixtures
from tests.support.coupon_fixtures import create_listed_rule, create_member
from tests.support.draw_fixtures import create_draft, create_running
from tests.support.shop_order_fixtures import publish_sku

RIGHTS = ("activities.read", "coupon_rules.read")


def read(first: date, last: date, rights=RIGHTS, **more):
    found, _ = marketing_calendar.list_entries(CalendarFilter(first, last, rights, **more))
    return [(kind, entry.title, entry.state) for kind, entry in found]


@pytest.fixture
def today(acme) -> date:
    return business_days.today()


def test_entries_are_those_that_touch_the_period(today):
    create_running(name="本周抽奖")
    month = today, today + timedelta(days=6)
    assert read(*month) == [("activity", "本周抽奖", "running")]
    later = today + timedelta(days=10)
    assert read(later, later) == []
    assert read(*month, rights=()) == []


def test_states_are_common_to_all_kinds(today):
    begins = clock.now() + timedelta(days=1)
    create_draft(name="草稿")
    publication.publish(create_draft(name="明天", starts_at=begins.isoformat()))
    publication.stop(create_running(name="停"), reason="核对")
    publication.end(create_running(name="完"))
    found = {title: state for _, title, state in read(today, today + timedelta(days=3))}
    assert found == {"草稿": "draft", "明天": "upcoming", "停": "paused", "完": "ended"}
    assert [title for _, title, _ in read(today, today, state="paused")] == ["停"]


def test_coupons_stand_on_their_fixed_days_or_from_the_listing_on(today):
    days = {
        "kind": "fixed",
        "first_day": f"{today + timedelta(days=5)}",
        "last_day": f"{today + timedelta(days=6)}",
    }
    create_listed_rule(name="定日券", validity=days)
    open_rule = create_listed_rule(name="常备券", validity={"kind": "days", "days": 7})
    assert read(today, today) == [("coupon_rule", "常备券", "running")]
    assert ("coupon_rule", "定日券", "upcoming") in read(today + timedelta(days=6), today + timedelta(days=9))
    coupon_rules.end(open_rule)
    assert read(today, today) == [("coupon_rule", "常备券", "ended")]
    assert read(today + timedelta(days=1), today + timedelta(days=2)) == []


def test_a_bulk_issue_is_an_entry(today):
    rule = create_listed_rule(name="群发券")
    bulk_issue.create_batch(number="B1", rule=rule, member_ids=[create_member().id])
    assert read(today, today, kind="coupon_batch") == [("coupon_batch", "群发券（1 人）", "running")]


def test_an_activity_is_online_and_a_coupon_everywhere(today):
    create_running(name="抽奖")
    create_listed_rule(name="券")
    assert [title for _, title, _ in read(today, today, channel="till")] == ["券"]
    assert len(read(today, today, channel="online")) == 2


def test_a_flash_sale_is_an_entry_until_it_stops(today):
    shop = shops.create_shop(code="S1", name="西站店", location=Coordinates(121.47, 31.23))
    publish_sku(shop, "tea")
    sale, rights = flash_fixtures.create_running(shop), ("flash_sales.read",)
    assert read(today, today, rights) == [("flash_sale", sale.name, "running")]
    flash_publication.stop(sale, reason="缺货")
    assert read(today, today, rights) == [("flash_sale", sale.name, "ended")]
    assert read(today, today) == []


def test_a_period_is_not_too_long(today):
    with pytest.raises(DomainError) as error:
        read(today, today + timedelta(days=100))
    assert error.value.code == "invalid"
