"""Figures and lists of coupons on both databases."""

from datetime import UTC, datetime, timedelta

from store.core import clock
from store.core.listing import Page
from store.coupons import coupon_list, coupons, redemptions, rule_list, statistics
from store.coupons.coupon_list import CouponFilter
from store.coupons.coupons import Coupon
from store.coupons.rule_list import RuleFilter
from store.shops import shops
from store.shops.coordinates import Coordinates
from tests.support.coupon_fixtures import create_listed_rule, create_member, make_basket


def test_each_day_of_the_tenant_s_zone_has_its_own_figures(acme):
    rule, me = create_listed_rule(), create_member()
    first = coupons.claim(rule=rule, member=me, source="h5")
    coupons.issue(rule=rule, member=me, key="k")
    redemptions.redeem(member=me, codes=[first.code], basket=make_basket(), order_number="O1")
    today = clock.today()
    before_midnight = datetime.combine(today, datetime.min.time(), UTC) - timedelta(hours=8, seconds=1)
    Coupon.update(received_at=before_midnight).where(Coupon.issue_key == "key:k").execute()
    yesterday, now = statistics.list_days(rule, since=today - timedelta(days=1), until=today)
    assert (yesterday.issued, yesterday.claimed, yesterday.used) == (1, 0, 0)
    assert (now.issued, now.claimed, now.used, now.value_fen) == (1, 1, 1, 500)
    nowhere = shops.create_shop(code="S9", name="东站店", location=Coordinates(121.47, 31.23))
    assert statistics.compute(rule, shop_ids=frozenset({nowhere.id})).issued == 0


def test_lists_are_paged_and_iterated_alike(acme):
    rule = create_listed_rule()
    given = [coupons.claim(rule=rule, member=create_member(number), source="h5") for number in range(3)]
    rows, total = coupon_list.list_page(CouponFilter(kind="amount_off", state="issued"), Page(size=2))
    assert ([row.id for row in rows], total) == ([given[2].id, given[1].id], 3)
    assert [row.id for row in coupon_list.iterate_coupons(CouponFilter(search="五元"))] == [
        row.id for row in given[::-1]
    ]
    assert [row.id for row in rule_list.iterate_rules(RuleFilter(search=rule.number))] == [rule.id]
