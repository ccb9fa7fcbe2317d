"""Wallets: every coupon is in exactly one tab, and says what can be done with it."""

from datetime import timedelta

import pytest
import time_machine

from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import redemptions as coupon_redemptions
from store.coupons import wallet as coupon_wallet
from tests.support.coupon_fixtures import (
    WEDNESDAY_NOON,
    create_listed_rule,
    create_member,
    error_code_of,
    make_basket,
)

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def clock(acme):
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as now:
        yield now


@pytest.fixture
def me(clock):
    return create_member()


def given(me, **terms):
    return coupons.claim(rule=create_listed_rule(**terms), member=me, source="h5")


def codes(me, tab):
    rows, total = coupon_wallet.list_page(me, tab=tab)
    assert total == len(rows) == coupon_wallet.count_by_tab(me)[tab]
    return [row.code for row in rows]


@pytest.fixture
def all_kinds(me, clock):
    """One coupon of each standing, by its standing."""
    held = {name: given(me) for name in ("issued", "held", "gifting", "used", "void")}
    held["not_started"] = given(me, validity={"kind": "days", "after_days": 3, "days": 3})
    held["expired"] = given(me, validity={"kind": "days", "days": 1})
    coupon_redemptions.hold(member=me, codes=[held["held"].code], basket=make_basket(), order_number="O1")
    coupon_redemptions.redeem(member=me, codes=[held["used"].code], basket=make_basket(), order_number="O2")
    coupon_gifts.create_gift(coupon=held["gifting"], giver=me)
    coupons.void(held["void"], reason="误发")
    clock.shift(timedelta(hours=13))
    return held


def test_every_coupon_is_in_one_tab(me, all_kinds):
    tabs = {tab: set(codes(me, tab)) for tab in coupon_wallet.TABS}
    assert tabs == {
        tab: {all_kinds[name].code for name in names}
        for tab, names in {
            "available": ("issued", "held", "not_started"), "gifting": ("gifting",), "used": ("used",),
            "expired": ("expired", "void"),
        }.items()
    }  # fmt: skip


def test_each_says_how_it_is_and_what_can_be_done(me, all_kinds):
    result = {}
    for name, coupon in all_kinds.items():
        found = coupon_wallet.get_coupon(me, coupon.code)
        assert coupon_wallet.display_state(found) == name
        result[name] = coupon_wallet.available_actions(found)
    assert result == {
        "issued": ("use", "gift"), "not_started": ("gift",), "gifting": ("cancel_gift",), "held": (), "used": (),
        "void": (), "expired": (),
    }  # fmt: skip


def test_what_may_not_be_given_cannot_be(me):
    coupon = given(me, gift_hours=None)
    assert coupon_wallet.available_actions(coupon_wallet.get_coupon(me, coupon.code)) == ("use",)


def test_a_used_coupon_names_its_order_and_a_free_one_none(me, all_kinds):
    uses = {name: coupon_wallet.get_coupon(me, coupon.code).redemption for name, coupon in all_kinds.items()}
    orders = {name: use and (use.order_number, use.used_at is not None) for name, use in uses.items()}
    assert (orders["used"], orders["held"], orders["issued"]) == (("O2", True), ("O1", False), None)


def test_a_coupon_that_came_back_has_no_order_any_more(me):
    coupon = given(me)
    coupon_redemptions.hold(member=me, codes=[coupon.code], basket=make_basket(), order_number="O1")
    coupon_redemptions.release(order_number="O1")
    assert coupon_wallet.get_coupon(me, coupon.code).redemption is None
    assert codes(me, "available") == [coupon.code]


def test_a_held_coupon_stays_in_sight_past_its_end(me, all_kinds, clock):
    clock.shift(timedelta(days=60))
    assert codes(me, "available") == [all_kinds["held"].code]
    assert codes(me, "gifting") == []


def test_the_first_to_end_is_first_and_the_last_used_first(me, clock):
    longer, shorter = given(me), given(me, validity={"kind": "days", "days": 2})
    assert codes(me, "available") == [shorter.code, longer.code]
    for number, coupon in enumerate((longer, shorter)):
        clock.shift(timedelta(minutes=1))
        coupon_redemptions.redeem(
            member=me, codes=[coupon.code], basket=make_basket(), order_number=f"O{number}"
        )
    assert codes(me, "used") == [shorter.code, longer.code]


def test_pages_join(me):
    rule = create_listed_rule(claims_per_member=5)
    made = [coupons.claim(rule=rule, member=me, source="h5").code for _ in range(5)]
    pages = [coupon_wallet.list_page(me, tab="available", page=number, page_size=2) for number in (1, 2, 3)]
    assert [row.code for rows, _ in pages for row in rows] == made
    assert {total for _, total in pages} == {5}


def test_someone_else_s_code_and_an_unknown_tab_lead_nowhere(me):
    coupon = given(create_member(2))
    assert error_code_of(lambda: coupon_wallet.get_coupon(me, coupon.code)) == "not_found"
    assert error_code_of(lambda: coupon_wallet.list_page(me, tab="all")) == "invalid"
