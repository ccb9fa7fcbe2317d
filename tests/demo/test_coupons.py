"""The demo coupons: one of every kind, created once by operations of two people."""

from demo import coupons
from store.coupons import claims as coupon_claims
from store.coupons import rule_list
from store.coupons import rules as coupon_rules
from tests.support import database


def test_there_is_one_of_every_kind_and_all_are_listed(acme):
    coupons.seed_coupons()
    rules = rule_list.list_rules()
    assert {rule.state for rule in rules} == {"listed"}
    assert {rule.terms.benefit.kind for rule in rules} == {"amount_off", "percent_off", "exchange", "voucher"}
    assert any(rule.terms.weekdays for rule in rules)
    assert any(rule.terms.gift_hours for rule in rules)


def test_a_visitor_finds_all_but_those_that_are_given_by_campaign(acme):
    coupons.seed_coupons()
    offers, _ = coupon_claims.list_claimable(None)
    assert len(offers) == len(coupons.RULES) - 1
    assert offers[0].rule.terms.name == coupons.RULES[-1]["name"]


def test_an_author_cannot_approve_their_own_rule(acme):
    coupons.seed_coupons()
    for rule in rule_list.list_rules():
        by = {step.state: step.actor for step in coupon_rules.list_history(rule)}
        assert by["draft"] != by["approved"]


def test_a_second_run_changes_nothing(acme):
    coupons.seed_coupons()
    before = database.dump_rows()
    coupons.seed_coupons()
    assert database.dump_rows() == before
