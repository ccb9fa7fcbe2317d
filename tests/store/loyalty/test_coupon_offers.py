"""Offers: who may claim what, and what speaks against it, told before anybody tries."""

from datetime import timedelta

import pytest
import time_machine

from store.company import settings
from store.kernel.refusals import Refused
from store.loyalty import coupon_gifts, coupon_offers, coupon_rules, coupons
from tests import world
from tests.store.loyalty import coupon_world
from tests.store.loyalty.coupon_world import SOON, listed, member, refusal

pytestmark = pytest.mark.usefixtures("sound")


def claim(rule, me):
    return coupons.claim(rule=rule, member=me, source="h5")


def told(me):
    """The reason against each offer, by the id of its rule."""
    offers, _ = coupon_offers.listing(me)
    return {offer.rule.id: offer.against and offer.against.code for offer in offers}


def test_an_offer_tells_what_claiming_would_refuse(acme):
    """Every offer without a reason can be claimed, every other one is refused with just that reason."""
    me = member()
    open_one, limited, gone = listed(), listed(claims_per_member=1), listed(stock=1)
    claim(limited, me)
    claim(gone, member(2))
    assert told(me) == {open_one.id: None, gone.id: "coupons_gone", limited.id: "claim_limit"}
    for rule in (open_one, limited, gone):
        reason = told(me)[rule.id]
        assert (refusal(lambda rule=rule: claim(rule, me)) if reason else claim(rule, me) and None) == reason


def test_what_would_end_before_it_begins_cannot_be_claimed(acme):
    """From three days after receipt until the 5th: on the 2nd for one day, on the 3rd no more."""
    me = member()
    with time_machine.travel(SOON, tick=False) as now:
        rule = listed(validity={"kind": "until", "after_days": 3, "last_day": "2026-12-05"})
        claim(rule, me)
        now.shift(timedelta(days=1))
        assert coupon_offers.listing(me) == ([], 0)
        assert coupon_offers.of_public_id(rule.public_id, me).against.code == "coupon_rule_over"
        assert refusal(lambda: claim(rule, me)) == "coupon_rule_over"


def test_what_nobody_can_claim_is_not_offered(acme):
    listed(claims_per_member=None)
    listed(validity={"kind": "until", "last_day": "2020-01-01"})
    coupon_world.approved()
    coupon_rules.take_down(listed())
    assert coupon_offers.listing(member()) == ([], 0)


def test_visitors_and_fans_are_told_what_to_do_first(acme):
    rule = listed()
    assert told(None) == {rule.id: "sign_in"}
    assert told(coupon_world.fan("o-1")) == {rule.id: "members_only"}


def test_what_can_be_claimed_stands_first_and_pages_join(acme):
    me, rules = member(), [listed(stock=1) for _ in range(5)]
    claim(rules[4], member(2))
    pages = [coupon_offers.listing(me, page=number, page_size=2) for number in (1, 2, 3, 4)]
    assert [offer.rule.id for offers, _ in pages for offer in offers] == [
        rules[place].id for place in (3, 2, 1, 0, 4)
    ]
    assert {total for _, total in pages} == {5}


def test_a_gift_given_away_still_counts(acme):
    me, rule = member(), listed(claims_per_member=1)
    _, secret = coupon_gifts.offer(coupon=claim(rule, me), giver=me)
    coupon_gifts.accept(token=secret, receiver=member(2))
    (offer,), _ = coupon_offers.listing(me)
    assert (offer.claimed, offer.limit, offer.against.code) == (1, 1, "claim_limit")


def test_a_draft_is_found_by_nobody_and_a_delisted_rule_says_so(acme):
    rule = coupon_world.approved()
    assert refusal(lambda: coupon_offers.of_public_id(rule.public_id, None)) == "not_found"
    coupon_rules.put_up(rule)
    coupon_rules.take_down(rule)
    assert coupon_offers.of_public_id(rule.public_id, None).against.sentence == "该优惠券已下架"


def test_attempts_to_claim_are_counted_also_when_many_come_at_once(acme):
    customer = member().customer
    settings.change(coupon_offers.ClaimRules, per_customer_a_minute=3)
    outcomes = world.at_once(8, lambda _: coupon_offers.admit(customer))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert (outcomes.count(None), {no.code for no in refused}) == (3, {"too_many"})
