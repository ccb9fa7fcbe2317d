"""Refunds of top-ups: back the way they came, with their share of the bonus, never more than was paid."""

import pytest

from store.core.errors import DomainError
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payments as stored_value_payments
from store.stored_value import payouts, top_up_payments, top_up_refunds, top_up_rules, top_ups
from store.stored_value.accounts import StoredValueSettings
from store.tenants import settings
from tests.store.stored_value.conftest import balances, create_paid_top_up
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


def refund(top_up, amount_fen, *, key="r-1"):
    return top_up_refunds.request(number=top_up.number, amount_fen=amount_fen, key=key, reason="顾客要求")


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


def test_the_bonus_goes_in_proportion_and_the_parts_add_up(mei, ten_percent):
    """充100送10 refunded in thirds: 33.33 takes 3.33 of the bonus, so does the next, the last takes 3.34."""
    row = create_paid_top_up(mei, 10_000)
    parts = [refund(row, amount, key=f"r-{amount}-{n}") for n, amount in enumerate((3_333, 3_333, 3_334))]
    assert [(part.paid_fen, part.bonus_fen) for part in parts] == [(3_333, 333), (3_333, 333), (3_334, 334)]
    assert balances(mei) == (0, 0, 0)


def test_spent_bonus_is_paid_back_out_of_the_refund(mei, ten_percent):
    """100 and 10 on top; 55 spent by share takes 50 and 5. The other 50 go back whole: 5 of bonus leave too.

    Had all 10 of the bonus been spent and nothing of the 100, those 10 would be kept: 90 go back.
    """
    row = create_paid_top_up(mei, 10_000)
    stored_value_payments.spend(member=mei, amount_fen=5_500, key="o-1")
    part = refund(row, 5_000)
    assert (part.paid_fen, part.bonus_fen, balances(mei)) == (5_000, 500, (0, 0, 0))


def test_who_spent_the_bonus_first_gets_that_much_less(mei, ten_percent):
    settings.change(StoredValueSettings, deduction_order="bonus_first")
    row = create_paid_top_up(mei, 10_000)
    stored_value_payments.spend(member=mei, amount_fen=1_000, key="o-1")
    part = refund(row, 10_000)
    assert (part.paid_fen, part.bonus_fen, balances(mei)) == (9_000, 0, (0, 0, 0))
    assert stored_value_ledger.account_totals()["promotions"] == 0


def test_a_refund_that_would_pay_nothing_is_refused(mei):
    top_up_rules.add(code="double", name="充1送2", steps=[{"amount_fen": 100, "bonus_fen": 200}])
    row = create_paid_top_up(mei, 100)
    settings.change(StoredValueSettings, deduction_order="bonus_first")
    stored_value_payments.spend(member=mei, amount_fen=200, key="o-1")
    with expect_error("refund_exceeds_top_up"):
        refund(row, 100)


def test_never_more_than_was_paid_or_is_there(mei):
    row = create_paid_top_up(mei, 10_000)
    refund(row, 6_000)
    with expect_error("refund_exceeds_top_up"):
        refund(row, 4_001, key="r-2")
    stored_value_payments.spend(member=mei, amount_fen=3_000, key="o-1")
    with expect_error("refund_exceeds_top_up"):
        refund(row, 1_001, key="r-2")
    refund(row, 1_000, key="r-2")
    assert balances(mei) == (0, 0, 0)


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_a_refund_is_of_something(mei, amount_fen):
    row = create_paid_top_up(mei, 10_000)
    with expect_error("refund_exceeds_top_up"):
        refund(row, amount_fen)


def test_an_unpaid_top_up_is_not_refunded(mei):
    asked = top_ups.request(member=mei, amount_fen=100, key="a-1")
    with expect_error("refund_exceeds_top_up"):
        refund(asked, 100)


def test_asked_twice_is_one_refund(mei):
    row = create_paid_top_up(mei, 10_000)
    refund(row, 4_000)
    before = database.dump_rows()
    refund(row, 4_000)
    assert database.dump_rows() == before
    with expect_error("key_reused"):
        refund(row, 3_000)


def test_the_channel_gets_its_money_back_when_the_platform_says_so_once(mei):
    """The value is off the account when the refund is asked for, and owed to the payer until it is done."""
    part = refund(create_paid_top_up(mei, 10_000), 4_000)
    assert (part.state, stored_value_ledger.account_totals()["refunds_payable"]) == ("requested", 4_000)
    assert top_up_refunds.list_pending() == [part]
    top_up_refunds.confirm(number=part.number, platform_number="5000-1")
    assert stored_value_ledger.account_totals()["refunds_payable"] == 0
    assert stored_value_ledger.money_totals() == {"wechat_web": -6_000}
    before = database.dump_rows()
    assert top_up_refunds.confirm(number=part.number, platform_number="5000-1").state == "completed"
    assert database.dump_rows() == before


def test_cash_is_handed_out_at_once(mei, cashier):
    row = top_up_payments.take_cash(member=mei, amount_fen=10_000, key="till-1:0001")
    assert refund(row, 10_000).state == "completed"
    assert set(stored_value_ledger.account_totals().values()) == {0}


def test_a_bank_card_is_refunded_when_a_clerk_has_done_it(mei, cashier):
    part = refund(create_paid_top_up(mei, 10_000, kind="bank_card"), 4_000)
    assert part.state == "requested"
    assert payouts.settle(number=part.number, receipt="POS-1") == 4_000
    assert stored_value_ledger.money_totals() == {"bank_card": -6_000}


def test_a_frozen_account_gives_nothing_back(mei):
    row = create_paid_top_up(mei, 10_000)
    stored_value_accounts.freeze(member=mei, reason="账号争议")
    with expect_error("stored_value_frozen"):
        refund(row, 10_000)


def test_unknown_numbers_are_not_found(acme):
    with expect_error("not_found"):
        top_up_refunds.request(number="tu_nowhere", amount_fen=1, key="r", reason="x")
    with expect_error("not_found"):
        top_up_refunds.confirm(number="tr_nowhere", platform_number="p")
