"""The demo coupons: of every kind, put up by verbs, once, by two people."""

from demo import coupons
from store.loyalty import coupon_offers, coupon_rules
from tests import world


def test_there_is_one_of_every_kind_and_all_are_listed(acme):
    coupons.lay_out()
    rules = coupon_rules.listing()
    assert {rule.state for rule in rules} == {"listed"}
    assert {rule.terms.benefit.kind for rule in rules} == {"amount_off", "percent_off", "exchange", "voucher"}
    assert any(rule.terms.weekdays for rule in rules)
    assert any(rule.terms.gift_hours for rule in rules)


def test_a_visitor_finds_all_but_those_that_are_given_by_campaign(acme):
    coupons.lay_out()
    offers, _ = coupon_offers.listing(None)
    assert len(offers) == len(coupons.RULES) - 1
    assert offers[0].rule.terms.name == coupons.RULES[-1]["name"]


def test_nobody_approves_what_they_wrote(acme):
    coupons.lay_out()
    for rule in coupon_rules.listing():
        by = {step.state: step.actor for step in coupon_rules.history(rule)}
        assert by["draft"] != by["approved"]


def test_a_second_run_changes_nothing(acme):
    coupons.lay_out()
    before = world.dump()
    coupons.lay_out()
    assert world.dump() == before
