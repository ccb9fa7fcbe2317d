"""Coupons: had within stock and limit, held by one member, gone when their time is over."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.kernel.events import Event
from store.loyalty import coupon_rules, coupon_wallets, coupons
from store.loyalty.coupons import Coupon
from store.people import customers, members, merges
from tests.store.loyalty import coupon_world
from tests.store.loyalty.coupon_world import SOON, listed, member, refusal

pytestmark = pytest.mark.usefixtures("sound")


def claim(rule, me):
    return coupons.claim(rule=rule, member=me, source="h5")


def test_a_claimed_coupon_is_received_and_has_a_code_of_sixteen_digits(acme):
    coupon = claim(listed(), me := member())
    assert (len(coupon.code), coupon.code.isdigit(), coupon.state) == (16, True, "issued")
    assert coupons.wallet(me) == [coupon]
    told = Event.select().where(Event.kind == "coupons.issued").get()
    assert (told.member_id, told.properties["coupon_id"]) == (me.id, coupon.id)
    assert coupon.code not in str(told.properties)


def test_codes_have_nothing_in_common(acme):
    rule, me = listed(claims_per_member=1000), member()
    codes = [claim(rule, me).code for _ in range(50)]
    assert len(set(codes)) == 50
    assert len({code[:4] for code in codes}) > 40


def test_a_member_claims_up_to_the_limit_and_campaigns_do_not_count(acme):
    rule, me = listed(), member()
    coupons.issue(rule=rule, member=me, key="birthday")
    assert [claim(rule, me).nth for _ in range(2)] == [1, 2]
    assert refusal(lambda: claim(rule, me)) == "claim_limit"
    assert coupon_rules.locked(rule.id).issued == 3


def test_a_refused_claim_takes_no_stock(acme):
    rule = listed(stock=3, claims_per_member=1)
    claim(rule, me := member())
    refusal(lambda: claim(rule, me))
    assert coupon_rules.locked(rule.id).issued == 1


def test_an_issue_with_the_same_key_is_the_same_coupon(acme):
    rule = listed()
    first, again = (coupons.issue(rule=rule, member=member(), key="birthday-2026") for _ in range(2))
    assert first == again
    assert coupons.issue(rule=rule, member=member(2), key="birthday-2026") != first


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"claims_per_member": None}, "coupon_not_claimable"), ({"by_campaign": False}, None)],
)
def test_a_rule_says_how_its_coupons_are_had(acme, terms, code):
    rule, me = listed(**terms), member()
    if code:
        assert refusal(lambda: claim(rule, me)) == code
    else:
        assert refusal(lambda: coupons.issue(rule=rule, member=me, key="k")) == "coupon_not_by_campaign"


def test_nothing_is_had_of_a_rule_that_is_not_listed(acme):
    rule, me = coupon_world.approved(), member()
    assert refusal(lambda: claim(rule, me)) == "coupon_rule_not_listed"
    coupon_rules.put_up(rule)
    held = claim(rule, me)
    coupon_rules.take_down(rule)
    assert refusal(lambda: claim(rule, me)) == "coupon_rule_not_listed"
    assert coupons.wallet(me) == [held]


def test_a_fan_registers_before_claiming(acme):
    rule, somebody = listed(), coupon_world.fan("o-1")
    assert refusal(lambda: claim(rule, somebody)) == "members_only"


@pytest.mark.parametrize(
    ("validity", "starts", "ends"),
    [
        # Received on 2 December at noon; days are Shanghai's, so they begin at 16:00 UTC the day before.
        ({"kind": "days", "days": 1}, SOON, datetime(2026, 12, 2, 16, tzinfo=UTC)),
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
def test_validity_counts_in_days_of_the_company(acme, validity, starts, ends):
    with time_machine.travel(SOON, tick=False):
        coupon = claim(listed(validity=validity), member())
    assert (coupon.starts_at, coupon.ends_at) == (starts, ends)


def test_a_coupon_is_expired_when_its_last_day_is_over_and_not_before(acme):
    with time_machine.travel(SOON, tick=False) as now:
        coupon = claim(listed(validity={"kind": "days", "days": 1}), me := member())
        now.move_to(coupon.ends_at - timedelta(seconds=1))
        assert coupons.expire_due() == 0
        now.move_to(coupon.ends_at)
        assert coupons.wallet(me) == []  # over at once, whenever the night run comes
        assert [coupons.expire_due(), coupons.expire_due()] == [1, 0]
        assert [row.state for row in coupon_wallets.page(me, tab="expired")[0]] == ["expired"]
    assert Event.select().where(Event.kind == "coupons.expired").count() == 1


def test_expiry_goes_in_portions(acme, monkeypatch):
    monkeypatch.setattr(coupons, "PORTION", 2)
    with time_machine.travel(SOON, tick=False) as now:
        rule, me = listed(claims_per_member=5), member()
        for _ in range(5):
            claim(rule, me)
        now.shift(timedelta(days=31))
        assert coupons.expire_due() == 5


def test_a_voided_coupon_is_void_once_and_for_ever(acme):
    coupon = claim(listed(), me := member())
    for _ in range(2):
        coupons.void(coupon, reason="误发")
    assert coupons.of_code(me, coupon.code).state == "void"
    assert coupons.wallet(me) == []
    assert Event.select().where(Event.kind == "coupons.voided").count() == 1
    assert refusal(lambda: coupons.void(coupon, reason="")) == "invalid"


def test_a_stranger_s_code_leads_nowhere(acme):
    coupon = claim(listed(), member())
    assert refusal(lambda: coupons.of_code(member(2), coupon.code)) == "not_found"


def test_a_merge_keeps_every_coupon_and_every_claim_counted(acme):
    """Limit 2: one has claimed 2, the other 1; together they hold 3 coupons and may claim no more."""
    rule, one, other = listed(), member(1), member(2)
    for me in (one, one, other):
        claim(rule, me)
    for me in (one, other):
        coupons.issue(rule=rule, member=me, key="birthday")
    merges.merge_by_hand(keep=one.customer, lose=other.customer, proof="本人到店")
    living = members.of_customer(customers.survivor(one.customer))
    assert len(coupons.wallet(living)) == 5
    assert coupons.claimed(rule, living) == 3
    assert refusal(lambda: claim(rule, living)) == "claim_limit"
    assert Coupon.select().where(Coupon.member == other.id).count() == 0
    again = coupons.issue(rule=rule, member=other, key="birthday")
    assert again.member_id == living.id
    assert len(coupons.wallet(living)) == 5
