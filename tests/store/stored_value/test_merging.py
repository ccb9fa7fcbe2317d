"""Merging two members: principal, bonus, holds, the day's spending, all to the fen."""

import pytest

from store.core.errors import DomainError
from store.customers.merging import merges
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payments as stored_value_payments
from store.stored_value import statements as stored_value_statements
from store.stored_value import top_up_refunds, top_up_rules, top_ups
from store.stored_value.accounts import StoredValueSettings
from store.tenants import settings
from tests.store.stored_value.conftest import balances, confirm_payment, create_paid_top_up

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def merge(keep, lose):
    merges.merge_manually(survivor=keep.customer, duplicate=lose.customer, proof="身份证")


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


def spend(member, amount_fen, *, key):
    return stored_value_payments.spend(member=member, amount_fen=amount_fen, key=key)


def test_two_accounts_become_one_to_the_fen(mei, wang, ten_percent):
    """Mei has 100 + 10 and spends 55; Wang has 500 + 80 and holds 58: together 500 + 77 and 58 held."""
    create_paid_top_up(mei, 10_000)
    create_paid_top_up(wang, 50_000)
    spend(mei, 5_500, key="m-1")
    stored_value_payments.hold(member=wang, amount_fen=5_800, order_number="w-1")
    before = stored_value_ledger.account_totals()
    merge(mei, wang)
    assert balances(mei) == (5_000 + 45_000, 500 + 7_200, 5_800)
    assert stored_value_ledger.account_totals() == before


def test_the_account_goes_over_as_it_is_where_there_was_none(mei, wang):
    create_paid_top_up(wang, 10_000)
    merge(mei, wang)
    assert balances(mei) == (10_000, 0, 0)


def test_what_was_held_ends_and_what_was_spent_returns_in_the_joined_account(mei, wang, ten_percent):
    create_paid_top_up(mei, 100)
    create_paid_top_up(wang, 10_000)
    spend(wang, 1_100, key="w-1")
    for key in ("w-2", "w-3"):
        stored_value_payments.hold(member=wang, amount_fen=1_100, order_number=key)
    merge(mei, wang)
    stored_value_payments.commit(order_number="w-2")
    stored_value_payments.release(order_number="w-3")
    stored_value_payments.refund_by_key(key="w-1", amount_fen=1_100, refund_key="r")
    assert balances(mei) == (100 + 9_000, 900, 0)


def test_what_was_asked_before_is_credited_and_refunded_after(mei, wang, ten_percent):
    asked = top_ups.request(member=wang, amount_fen=10_000, channel="wechat", key="a-1")
    old = create_paid_top_up(wang, 10_000)
    merge(mei, wang)
    confirm_payment(asked, platform_number="p-late")
    assert balances(mei) == (20_000, 2_000, 0)
    top_up_refunds.request(number=old.number, amount_fen=10_000, key="r-1", reason="顾客要求")
    assert balances(mei) == (10_000, 1_000, 0)


def test_the_day_s_limit_counts_what_both_have_spent(mei, wang):
    settings.change(StoredValueSettings, daily_limit_fen=1_000)
    for member, key in ((mei, "m-1"), (wang, "w-1")):
        create_paid_top_up(member, 10_000)
        spend(member, 600, key=key)
    merge(mei, wang)
    with expect_error("daily_limit_exceeded"):
        spend(mei, 1, key="m-2")


def test_a_rule_for_once_stays_used_whichever_used_it(mei, wang):
    top_up_rules.add(code="once", name="首充", steps=[{"amount_fen": 100, "bonus_fen": 20}], single_use=True)
    for member in (mei, wang):
        create_paid_top_up(member, 100)
    merge(mei, wang)
    assert balances(mei) == (200, 40, 0)
    assert top_ups.quote_bonus(member=mei, amount_fen=100).bonus_fen == 0


def test_a_merge_above_the_limit_keeps_all_and_takes_no_more_in(mei, wang):
    """4,000 and 4,000 are 8,000; a refund finds headroom, a top-up none until 5,000 leave it some."""
    for member in (mei, wang):
        create_paid_top_up(member, 400_000)
    spend(wang, 1_000, key="w-1")
    merge(mei, wang)
    stored_value_payments.refund_by_key(key="w-1", amount_fen=1_000, refund_key="r-1")
    assert balances(mei) == (800_000, 0, 0)
    with expect_error("stored_value_limit_exceeded"):
        top_ups.request(member=mei, amount_fen=1, channel="wechat", key="a-1")
    spend(mei, 300_100, key="m-1")
    create_paid_top_up(mei, 100)
    assert stored_value_accounts.find_by_member(mei).limit_fen == 500_000


@pytest.mark.parametrize("which", ["mei", "wang"])
def test_of_two_accounts_one_frozen_the_joined_one_is(mei, wang, which):
    for member in (mei, wang):
        create_paid_top_up(member, 100)
    stored_value_accounts.freeze(member=mei if which == "mei" else wang, reason="争议")
    merge(mei, wang)
    assert stored_value_accounts.find_by_member(mei).frozen_reason == "争议"
    with expect_error("stored_value_frozen"):
        spend(mei, 1, key="m-1")


def test_the_statement_tells_both_histories(mei, wang):
    create_paid_top_up(wang, 700)
    create_paid_top_up(mei, 100)
    spend(wang, 50, key="w-1")
    merge(mei, wang)
    assert [line.principal_fen for line in stored_value_statements.list_lines(mei)] == [-50, 100, 700]


def test_three_merged_one_into_the_other_are_one(mei, wang, register):
    zhao = register("13700137000")
    for member, amount_fen in ((mei, 100), (wang, 20), (zhao, 3)):
        create_paid_top_up(member, amount_fen)
    merge(wang, zhao)
    merge(mei, wang)
    assert balances(mei) == (123, 0, 0)
    assert balances(wang) == (0, 0, 0)
