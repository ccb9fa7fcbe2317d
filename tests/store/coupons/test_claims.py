"""Offers: who may claim what, and what speaks against it, reported before anybody tries."""

from datetime import timedelta

import pytest
import time_machine

from store.core.errors import DomainError
from store.coupons import claims as coupon_claims
from store.coupons import coupons
from store.coupons import gifts as coupon_gifts
from store.coupons import rules as coupon_rules
from store.tenants import settings
from tests.support import coupon_fixtures, database
from tests.support.coupon_fixtures import WEDNESDAY_NOON, create_listed_rule, create_member, error_code_of

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def claim(rule, me):
    return coupons.claim(rule=rule, member=me, source="h5")


def result(me):
    """The reason against each offer, by the id of its rule."""
    offers, _ = coupon_claims.list_claimable(me)
    return {offer.rule.id: offer.ineligible_reason and offer.ineligible_reason.code for offer in offers}


def test_an_offer_tells_what_claiming_would_reject(acme):
    """Every offer without a reason can be claimed, every other one is refused with just that reason."""
    me = create_member()
    open_one, limited, gone = (
        create_listed_rule(),
        create_listed_rule(claims_per_member=1),
        create_listed_rule(stock=1),
    )
    claim(limited, me)
    claim(gone, create_member(2))
    assert result(me) == {open_one.id: None, gone.id: "coupons_gone", limited.id: "claim_limit"}
    for rule in (open_one, limited, gone):
        reason = result(me)[rule.id]
        assert (
            error_code_of(lambda rule=rule: claim(rule, me)) if reason else claim(rule, me) and None
        ) == reason


def test_what_would_end_before_it_begins_cannot_be_claimed(acme):
    """From three days after receipt until the 5th: on the 2nd for one day, on the 3rd no more."""
    me = create_member()
    with time_machine.travel(WEDNESDAY_NOON, tick=False) as now:
        rule = create_listed_rule(validity={"kind": "until", "after_days": 3, "last_day": "2026-12-05"})
        claim(rule, me)
        now.shift(timedelta(days=1))
        assert coupon_claims.list_claimable(me) == ([], 0)
        assert coupon_claims.get_by_public_id(rule.public_id, me).ineligible_reason.code == "coupon_rule_over"
        assert error_code_of(lambda: claim(rule, me)) == "coupon_rule_over"


def test_what_no_one_can_claim_is_not_offered(acme):
    create_listed_rule(claims_per_member=None)
    create_listed_rule(validity={"kind": "until", "last_day": "2020-01-01"})
    coupon_fixtures.create_approved_rule()
    coupon_rules.unpublish(create_listed_rule())
    assert coupon_claims.list_claimable(create_member()) == ([], 0)


def test_visitors_and_followers_are_reported_what_to_do_first(acme):
    rule = create_listed_rule()
    assert result(None) == {rule.id: "sign_in"}
    assert result(coupon_fixtures.create_follower("o-1")) == {rule.id: "members_only"}


def test_what_can_be_claimed_is_first_and_pages_join(acme):
    me, rules = create_member(), [create_listed_rule(stock=1) for _ in range(5)]
    claim(rules[4], create_member(2))
    pages = [coupon_claims.list_claimable(me, page=number, page_size=2) for number in (1, 2, 3, 4)]
    assert [offer.rule.id for offers, _ in pages for offer in offers] == [
        rules[place].id for place in (3, 2, 1, 0, 4)
    ]
    assert {total for _, total in pages} == {5}


def test_a_gift_given_away_still_counts(acme):
    me, rule = create_member(), create_listed_rule(claims_per_member=1)
    _, secret = coupon_gifts.create_gift(coupon=claim(rule, me), giver=me)
    coupon_gifts.accept(token=secret, receiver=create_member(2))
    (offer,), _ = coupon_claims.list_claimable(me)
    assert (offer.claimed, offer.limit, offer.ineligible_reason.code) == (1, 1, "claim_limit")


def test_a_draft_is_found_by_no_one_and_a_delisted_rule_says_so(acme):
    rule = coupon_fixtures.create_approved_rule()
    assert error_code_of(lambda: coupon_claims.get_by_public_id(rule.public_id, None)) == "not_found"
    coupon_rules.publish(rule)
    coupon_rules.unpublish(rule)
    assert coupon_claims.get_by_public_id(rule.public_id, None).ineligible_reason.message == "该优惠券已下架"


def test_attempts_to_claim_are_counted_also_when_many_come_at_once(acme):
    customer = create_member().customer
    settings.change(coupon_claims.ClaimSettings, max_per_customer_per_minute=3)
    outcomes = database.run_concurrently(8, lambda _: coupon_claims.check_claim_limit(customer))
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert (outcomes.count(None), {no.code for no in refused}) == (3, {"too_many"})
