"""Merging two members: principal, bonus, holds, the day's spending, all to the fen."""

import pytest

from store.company import settings
from store.kernel.refusals import Refused
from store.loyalty import (
    stored_values,
    top_up_refunds,
    top_up_rules,
    top_ups,
    value_ledger,
    value_spends,
    value_statements,
)
from store.loyalty.stored_values import StoredValueRules
from store.people import merges
from tests.store.loyalty.value.conftest import balances, paid, topped_up

pytestmark = pytest.mark.usefixtures("sound")


def merge(keep, lose):
    merges.merge_by_hand(keep=keep.customer, lose=lose.customer, proof="身份证")


def refused(code):
    return pytest.raises(Refused, check=lambda no: no.code == code)


def spend(member, amount_fen, *, key):
    return value_spends.spend(member=member, amount_fen=amount_fen, key=key)


def test_two_accounts_become_one_to_the_fen(mei, wang, ten_percent):
    """Mei has 100 + 10 and spends 55; Wang has 500 + 80 and holds 58: together 500 + 77 and 58 held."""
    topped_up(mei, 10_000)
    topped_up(wang, 50_000)
    spend(mei, 5_500, key="m-1")
    value_spends.hold(member=wang, amount_fen=5_800, key="w-1")
    before = value_ledger.totals()
    merge(mei, wang)
    assert balances(mei) == (5_000 + 45_000, 500 + 7_200, 5_800)
    assert value_ledger.totals() == before


def test_the_account_goes_over_as_it_is_where_there_was_none(mei, wang):
    topped_up(wang, 10_000)
    merge(mei, wang)
    assert balances(mei) == (10_000, 0, 0)


def test_what_was_held_ends_and_what_was_spent_returns_in_the_joined_account(mei, wang, ten_percent):
    topped_up(mei, 100)
    topped_up(wang, 10_000)
    spend(wang, 1_100, key="w-1")
    for key in ("w-2", "w-3"):
        value_spends.hold(member=wang, amount_fen=1_100, key=key)
    merge(mei, wang)
    value_spends.commit(key="w-2")
    value_spends.release(key="w-3")
    value_spends.refund(key="w-1", amount_fen=1_100, refund_key="r")
    assert balances(mei) == (100 + 9_000, 900, 0)


def test_what_was_asked_before_is_credited_and_refunded_after(mei, wang, ten_percent):
    asked = top_ups.ask(member=wang, amount_fen=10_000, channel="wechat", key="a-1")
    old = topped_up(wang, 10_000)
    merge(mei, wang)
    paid(asked, platform_number="p-late")
    assert balances(mei) == (20_000, 2_000, 0)
    top_up_refunds.ask(number=old.number, amount_fen=10_000, key="r-1", reason="顾客要求")
    assert balances(mei) == (10_000, 1_000, 0)


def test_the_day_s_limit_counts_what_both_have_spent(mei, wang):
    settings.change(StoredValueRules, per_day_fen=1_000)
    for member, key in ((mei, "m-1"), (wang, "w-1")):
        topped_up(member, 10_000)
        spend(member, 600, key=key)
    merge(mei, wang)
    with refused("value_day_limit"):
        spend(mei, 1, key="m-2")


def test_a_rule_for_once_stays_used_whoever_used_it(mei, wang):
    top_up_rules.add(code="once", name="首充", steps=[{"amount_fen": 100, "bonus_fen": 20}], once=True)
    for member in (mei, wang):
        topped_up(member, 100)
    merge(mei, wang)
    assert balances(mei) == (200, 40, 0)
    assert top_ups.quote(member=mei, amount_fen=100).bonus_fen == 0


def test_a_merge_above_the_limit_keeps_all_and_takes_no_more_in(mei, wang):
    """4,000 and 4,000 are 8,000; a refund finds room, a top-up none until 5,000 leave it some."""
    for member in (mei, wang):
        topped_up(member, 400_000)
    spend(wang, 1_000, key="w-1")
    merge(mei, wang)
    value_spends.refund(key="w-1", amount_fen=1_000, refund_key="r-1")
    assert balances(mei) == (800_000, 0, 0)
    with refused("value_full"):
        top_ups.ask(member=mei, amount_fen=1, channel="wechat", key="a-1")
    spend(mei, 300_100, key="m-1")
    topped_up(mei, 100)
    assert stored_values.of(mei).limit_fen == 500_000


@pytest.mark.parametrize("which", ["mei", "wang"])
def test_of_two_accounts_one_frozen_the_joined_one_is(mei, wang, which):
    for member in (mei, wang):
        topped_up(member, 100)
    stored_values.freeze(member=mei if which == "mei" else wang, reason="争议")
    merge(mei, wang)
    assert stored_values.of(mei).frozen_reason == "争议"
    with refused("value_frozen"):
        spend(mei, 1, key="m-1")


def test_the_statement_tells_both_histories(mei, wang):
    topped_up(wang, 700)
    topped_up(mei, 100)
    spend(wang, 50, key="w-1")
    merge(mei, wang)
    assert [line.principal_fen for line in value_statements.lines(mei)] == [-50, 100, 700]


def test_three_merged_one_into_the_other_are_one(mei, wang, register):
    zhao = register("13700137000")
    for member, amount_fen in ((mei, 100), (wang, 20), (zhao, 3)):
        topped_up(member, amount_fen)
    merge(wang, zhao)
    merge(mei, wang)
    assert balances(mei) == (123, 0, 0)
    assert balances(wang) == (0, 0, 0)
