"""Coupons: had within stock and limit, held by one member, gone when their time is over."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.core.events import Event
from store.coupons import coupons
from store.coupons import rules as coupon_rules
from store.coupons import wallet as coupon_wallet
from store.coupons.coupons import Coupon
from store.customers import customers, members
from store.customers.merging import merges
from tests.support import coupon_fixtures
from tests.support.coupon_fixtures import WEDNESDAY_NOON, create_listed_rule, create_member, error_code_of

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def claim(rule, me):
    return coupons.claim(rule=rule, member=me, source="h5")


def test_a_claimed_coupon_is_received_and_has_a_code_of_sixteen_digits(acme):
    coupon = claim(create_listed_rule(), me := create_member())
    assert (len(coupon.code), coupon.code.isdigit(), coupon.state) == (16, True, "issued")
    assert coupons.list_wallet(me) == [coupon]
    result = Event.select().where(Event.kind == "coupons.issued").get()
    assert (result.member_id, result.properties["coupon_id"]) == (me.id, coupon.id)
    assert coupon.code not in str(result.properties)


def test_codes_have_nothing_in_common(acme):
    rule, me = create_listed_rule(claims_per_member=1000), create_member()
    codes = [claim(rule, me).code for _ in range(50)]
    assert len(set(codes)) == 50
    assert len({code[:4] for code in codes}) > 40


def test_a_member_claims_up_to_the_limit_and_campaigns_do_not_count(acme):
    rule, me = create_listed_rule(), create_member()
    coupons.issue(rule=rule, member=me, key="birthday")
    assert [claim(rule, me).sequence for _ in range(2)] == [1, 2]
    assert error_code_of(lambda: claim(rule, me)) == "claim_limit"
    assert coupon_rules.lock(rule.id).issued == 3


def test_a_refused_claim_takes_no_stock(acme):
    rule = create_listed_rule(stock=3, claims_per_member=1)
    claim(rule, me := create_member())
    error_code_of(lambda: claim(rule, me))
    assert coupon_rules.lock(rule.id).issued == 1


def test_an_issue_with_the_same_key_is_the_same_coupon(acme):
    rule = create_listed_rule()
    first, again = (coupons.issue(rule=rule, member=create_member(), key="birthday-2026") for _ in range(2))
    assert first == again
    assert coupons.issue(rule=rule, member=create_member(2), key="birthday-2026") != first


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"claims_per_member": None}, "coupon_not_claimable"), ({"by_campaign": False}, None)],
)
def test_a_rule_says_how_its_coupons_are_had(acme, terms, code):
    rule, me = create_listed_rule(**terms), create_member()
    if code:
        assert error_code_of(lambda: claim(rule, me)) == code
    else:
        assert error_code_of(lambda: coupons.issue(rule=rule, member=me, key="k")) == "coupon_not_by_campaign"


def test_nothing_is_had_of_a_rule_that_is_not_listed(acme):
    rule, me = coupon_fixtures.create_approved_rule(), create_member()
    assert error_code_of(lambda: claim(rule, me)) == "coupon_rule_not_listed"
    coupon_rules.publish(rule)
    held = claim(rule, me)
    coupon_rules.unpublish(rule)
    assert error_code_of(lambda: claim(rule, me)) == "coupon_rule_not_listed"
    assert coupons.list_wallet(me) == [held]


def test_a_follower_registers_before_claiming(acme):
    rule, someone = create_listed_rule(), coupon_fixtures.create_follower("o-1")
    assert error_code_of(lambda: claim(rule, someone)) == "members_only"


@pytest.mark.parametrize(
    ("validity", "starts", "ends"),
    [
        # Received on 2 December at noon; days are Shanghai's, so they begin at 16:00 UTC the day before.
        ({"kind": "days", "days": 1}, WEDNESDAY_NOON, datetime(2026, 12, 2, 16, tzinfo=UTC)),
        (
            {"kind": "days", "after_days": 1, "days": 2},
            datetime(2026, 12, 2, 16, tzinfo=UTC),
            datetime(2026, 12, 4, 16, tzinfo=UTC),
        ),
        (
            {"kind": "fixed", "first_day": "2026-12-24", "last_day": "2026-12-26"},
            datetime(2026, 12, 23, 16, tzinfo=UTC),
            datetime(2026, 12, 26, 16, tzinfo=UTC),
        ),
        (
            {"kind": "until", "after_days": 2, "last_day": "2026-12-31"},
            datetime(2026, 12, 3, 16, tzinfo=UTC),
            datetime(2026, 12, 31, 16, tzinfo=UTC),
        ),
    ],
)
def test_validity_counts_in_days_of_the_tenant(acme, validity, starts, ends):
    with time_machine.travel(WEDNESDAY_NOON, tick=False):
        coupon = claim(create_listed_rule(validity=validity), create_member())
    assert (coupon.starts_at, coupon.ends_at) == (starts, ends)


def test_a_coupon_is_expired_when_its_last_day_is_over_and_not_before(acme):
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as now:
        coupon = claim(create_listed_rule(validity={"kind": "days", "days": 1}), me := create_member())
        now.move_to(coupon.ends_at - timedelta(seconds=1))
        assert coupons.expire_due() == 0
        now.move_to(coupon.ends_at)
        assert coupons.list_wallet(me) == []  # over at once, whenever the daily close comes
        assert [coupons.expire_due(), coupons.expire_due()] == [1, 0]
        assert [row.state for row in coupon_wallet.list_page(me, tab="expired")[0]] == ["expired"]
    assert Event.select().where(Event.kind == "coupons.expired").count() == 1


def test_expiry_goes_in_batches(acme, monkeypatch):
    monkeypatch.setattr(coupons, "BATCH_SIZE", 2)
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as now:
        rule, me = create_listed_rule(claims_per_member=5), create_member()
        for _ in range(5):
            claim(rule, me)
        now.shift(timedelta(days=31))
        assert coupons.expire_due() == 5


def test_a_voided_coupon_is_void_once_and_for_ever(acme):
    coupon = claim(create_listed_rule(), me := create_member())
    for _ in range(2):
        coupons.void(coupon, reason="误发")
    assert coupons.get_for_member(me, coupon.code).state == "void"
    assert coupons.list_wallet(me) == []
    assert Event.select().where(Event.kind == "coupons.voided").count() == 1
    assert error_code_of(lambda: coupons.void(coupon, reason="")) == "invalid"


def test_a_stranger_s_code_leads_nowhere(acme):
    coupon = claim(create_listed_rule(), create_member())
    assert error_code_of(lambda: coupons.get_for_member(create_member(2), coupon.code)) == "not_found"


def test_a_merge_keeps_every_coupon_and_every_claim_counted(acme):
    """Limit 2: one has claimed 2, the other 1; together they hold 3 coupons and may claim no more."""
    rule, one, other = create_listed_rule(), create_member(1), create_member(2)
    for me in (one, one, other):
        claim(rule, me)
    for me in (one, other):
        coupons.issue(rule=rule, member=me, key="birthday")
    merges.merge_manually(survivor=one.customer, duplicate=other.customer, proof="本人到店")
    active = members.get_or_create(customers.survivor(one.customer))
    assert len(coupons.list_wallet(active)) == 5
    assert coupons.count_claimed(rule, active) == 3
    assert error_code_of(lambda: claim(rule, active)) == "claim_limit"
    assert Coupon.select().where(Coupon.member == other.id).count() == 0
    again = coupons.issue(rule=rule, member=other, key="birthday")
    assert again.member_id == active.id
    assert len(coupons.list_wallet(active)) == 5
