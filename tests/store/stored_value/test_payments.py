"""Purchases with stored value: taken by the rule, bounded, given back as they were taken."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from store.core import clock
from store.core.errors import DomainError
from store.stored_value import accounts as stored_value_accounts
from store.stored_value import ledger as stored_value_ledger
from store.stored_value import payments as stored_value_payments
from store.stored_value.accounts import StoredValueSettings
from store.tenants import settings
from tests.store.stored_value.conftest import balances, create_paid_top_up
from tests.support import database

pytestmark = pytest.mark.usefixtures("verify_afterwards")


@pytest.fixture
def rich(mei, ten_percent):
    """Mei with 100 yuan and 10 of bonus."""
    create_paid_top_up(mei, 10_000)
    return mei


def spend(member, amount_fen, *, key="o-1"):
    return stored_value_payments.spend(member=member, amount_fen=amount_fen, key=key)


def hold(member, amount_fen, *, key="o-1"):
    return stored_value_payments.hold(member=member, amount_fen=amount_fen, order_number=key)


def refund(amount_fen, *, key="o-1", refund_key="r-1"):
    return stored_value_payments.refund_by_key(key=key, amount_fen=amount_fen, refund_key=refund_key)


def expect_error(code):
    return pytest.raises(DomainError, check=lambda no: no.code == code)


@pytest.mark.parametrize(
    ("take", "amount_fen", "principal_fen", "bonus_fen"),
    [
        ("share", 5_500, 5_000, 500),
        ("share", 1, 1, 0),
        ("share", 11_000, 10_000, 1_000),
        ("share", 10_999, 10_000, 999),
        ("bonus_first", 900, 0, 900),
        ("bonus_first", 1_100, 100, 1_000),
        ("principal_first", 10_000, 10_000, 0),
        ("principal_first", 10_001, 10_000, 1),
    ],
)
def test_the_rule_says_what_is_taken(rich, take, amount_fen, principal_fen, bonus_fen):
    """Of 100 yuan and 10 of bonus, a purchase of 55 takes 50 and 5 by share."""
    settings.change(StoredValueSettings, deduction_order=take)
    row = spend(rich, amount_fen)
    assert (row.principal_fen, row.bonus_fen) == (principal_fen, bonus_fen)
    assert balances(rich) == (10_000 - principal_fen, 1_000 - bonus_fen, 0)


def test_what_is_not_there_is_not_spent(rich):
    with expect_error("insufficient_stored_value"):
        spend(rich, 11_001)
    assert balances(rich) == (10_000, 1_000, 0)


def test_without_an_account_there_is_nothing_to_spend(wang):
    with expect_error("insufficient_stored_value"):
        spend(wang, 1)


@pytest.mark.parametrize("amount_fen", [0, -100, 0.5])
def test_a_purchase_costs_something(rich, amount_fen):
    with expect_error("invalid"):
        spend(rich, amount_fen)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("key", ""), ("key", " "), ("key", "k" * 101), ("key", "\x00"), ("order_number", "o" * 65),
     ("order_number", "o\x00")],
)  # fmt: skip
def test_a_field_that_cannot_be_kept_is_named(rich, field, wrong):
    result = {"key": "o-1", "order_number": "1001", field: wrong}
    with pytest.raises(DomainError, check=lambda no: no.details["field"] == field):
        stored_value_payments.spend(member=rich, amount_fen=100, **result)
    spend(rich, 100)
    for refund_key in ("", "r" * 101, "\x00"):
        with pytest.raises(DomainError, check=lambda no: no.details["field"] == "refund_key"):
            refund(50, refund_key=refund_key)
    assert sum(balances(rich)) == 10_900


def test_asked_twice_is_one_purchase(rich):
    spend(rich, 5_500)
    before = database.dump_rows()
    assert spend(rich, 5_500).amount_fen == 5_500
    assert database.dump_rows() == before
    with expect_error("key_reused"):
        spend(rich, 5_000)


def test_a_key_of_someone_else_s_purchase_is_refused(rich, wang):
    spend(rich, 5_500)
    with expect_error("key_reused"):
        spend(wang, 5_500)


def test_a_hold_sets_aside_and_a_commit_lets_go(rich):
    hold(rich, 5_500)
    assert balances(rich) == (5_000, 500, 5_500)
    with expect_error("insufficient_stored_value"):
        spend(rich, 5_501, key="o-2")
    stored_value_payments.commit(order_number="o-1")
    assert balances(rich) == (5_000, 500, 0)
    assert stored_value_ledger.account_totals()["sales"] == 5_500


def test_a_release_gives_back_what_was_taken_as_it_was(rich):
    settings.change(StoredValueSettings, deduction_order="bonus_first")
    hold(rich, 1_500)
    assert balances(rich) == (9_500, 0, 1_500)
    settings.change(StoredValueSettings, deduction_order="share")
    stored_value_payments.release(order_number="o-1")
    assert balances(rich) == (10_000, 1_000, 0)


@pytest.mark.parametrize("end", [stored_value_payments.commit, stored_value_payments.release])
def test_a_hold_ends_once(rich, end):
    hold(rich, 5_500)
    end(order_number="o-1")
    before = database.dump_rows()
    end(order_number="o-1")
    assert database.dump_rows() == before


def test_a_hold_ends_one_way_only(rich):
    ends = (
        ("o-1", "commit", "release", "invalid_payment_state"),
        ("o-2", "release", "commit", "hold_released"),
    )
    for number, first, second, code in ends:
        hold(rich, 100, key=number)
        getattr(stored_value_payments, first)(order_number=number)
        with expect_error(code):
            getattr(stored_value_payments, second)(order_number=number)


def test_an_order_holds_again_after_a_release(rich):
    first = hold(rich, 100)
    assert hold(rich, 100) == first
    with expect_error("hold_differs"):
        hold(rich, 200)
    stored_value_payments.release(order_number="o-1")
    again = hold(rich, 200)
    assert (again.key, stored_value_payments.find_held("o-1").id) == ("payment:o-1:2", again.id)
    stored_value_payments.commit(order_number="o-1")
    assert stored_value_payments.find_held("o-1") is None


def test_a_hold_is_changed_in_place(rich):
    hold(rich, 5_500)
    for _ in range(2):
        row = stored_value_payments.change(order_number="o-1", amount_fen=1_100)
    assert (row.key, balances(rich)) == ("payment:o-1:2", (9_000, 900, 1_100))
    with expect_error("insufficient_stored_value"):
        stored_value_payments.change(order_number="o-1", amount_fen=11_001)
    assert balances(rich) == (9_000, 900, 1_100)


def test_a_return_by_order_gives_back_its_amount_once(rich):
    hold(rich, 5_500)
    stored_value_payments.commit(order_number="o-1")
    back = {"order_number": "o-1", "return_number": "r-1"}
    assert stored_value_payments.refund(**back, amount_fen=0) is None
    for _ in range(2):
        assert stored_value_payments.refund(**back, amount_fen=1_100).refunded_fen == 1_100
    assert balances(rich) == (6_000, 600, 0)


def test_a_refund_returns_to_the_same_account_in_the_same_proportion(rich):
    """55 taken as 50 and 5; refunded in thirds of 18.33, 18.33 and 18.34 it is 50 and 5 again."""
    spend(rich, 5_500)
    seen = []
    for number, amount_fen in enumerate((1_833, 1_833, 1_834)):
        refund(amount_fen, refund_key=f"r-{number}")
        seen.append(balances(rich))
    assert seen == [(6_667, 666, 0), (8_333, 833, 0), (10_000, 1_000, 0)]


def test_a_refund_is_booked_once(rich):
    spend(rich, 5_500)
    refund(1_000)
    before = database.dump_rows()
    refund(1_000)
    assert database.dump_rows() == before
    with expect_error("key_reused"):
        refund(999)


def test_never_more_is_refunded_than_was_spent(rich):
    spend(rich, 5_500)
    refund(5_000)
    with expect_error("refund_exceeds_payment"):
        refund(501, refund_key="r-2")
    for nothing in (0, -1):
        with expect_error("refund_exceeds_payment"):
            refund(nothing, refund_key="r-3")


@pytest.mark.parametrize("released", [False, True])
def test_what_is_only_held_is_not_refunded(rich, released):
    hold(rich, 100)
    if released:
        stored_value_payments.release(order_number="o-1")
    with expect_error("refund_exceeds_payment"):
        refund(1, key="payment:o-1:1")


def test_f04_money_that_goes_back_is_refused_by_no_limit(mei):
    """Limit 5,000.00: top up 3,000, spend 2,000, top up 4,000, return the goods: 7,000, and no top-up before."""
    create_paid_top_up(mei, 300_000)
    spend(mei, 200_000)
    create_paid_top_up(mei, 400_000)
    for _ in range(2):
        refund(200_000)
    assert balances(mei) == (700_000, 0, 0)
    assert stored_value_accounts.headroom_of(mei) == 0


def test_one_purchase_has_a_limit(rich):
    settings.change(StoredValueSettings, purchase_limit_fen=2_000)
    with expect_error("purchase_limit_exceeded"):
        spend(rich, 2_001)
    spend(rich, 2_000)


def test_a_day_has_a_limit_that_holds_count_in_and_refunds_give_back(rich):
    """50 a day: 30 spent and 20 held leave nothing; 10 refunded leave 10, a released hold leaves 20 more."""
    settings.change(StoredValueSettings, daily_limit_fen=5_000)
    spend(rich, 3_000)
    hold(rich, 2_000, key="o-2")
    with expect_error("daily_limit_exceeded"):
        spend(rich, 1, key="o-3")
    refund(1_000)
    stored_value_payments.release(order_number="o-2")
    with expect_error("daily_limit_exceeded"):
        spend(rich, 3_001, key="o-3")
    spend(rich, 3_000, key="o-3")


def test_the_day_of_the_limit_is_the_shops_day(rich):
    """Midnight in Shanghai is 16:00 in UTC."""
    settings.change(StoredValueSettings, daily_limit_fen=1_000)
    evening = datetime.combine(clock.today() + timedelta(days=2), datetime.min.time(), UTC)
    with time_machine.travel(evening + timedelta(hours=15, minutes=59), tick=False):
        spend(rich, 1_000)
        with expect_error("daily_limit_exceeded"):
            spend(rich, 1, key="o-2")
    with time_machine.travel(evening + timedelta(hours=16), tick=False):
        spend(rich, 1_000, key="o-2")


def test_a_frozen_account_lets_nothing_out(rich):
    hold(rich, 100, key="before")
    stored_value_accounts.freeze(member=rich, reason="手机遗失")
    for move in (spend, hold):
        with expect_error("stored_value_frozen"):
            move(rich, 1)
    stored_value_accounts.unfreeze(member=rich, reason="本人到店核实")
    spend(rich, 1)


def test_what_was_held_before_a_freeze_can_end_and_what_was_spent_can_return(rich):
    spend(rich, 1_100)
    hold(rich, 1_100, key="o-2")
    hold(rich, 1_100, key="o-3")
    stored_value_accounts.freeze(member=rich, reason="手机遗失")
    stored_value_payments.commit(order_number="o-2")
    stored_value_payments.release(order_number="o-3")
    refund(1_100)
    assert balances(rich) == (9_000, 900, 0)


def test_freezing_twice_changes_nothing_and_needs_a_reason(rich):
    for move in (stored_value_accounts.freeze, stored_value_accounts.unfreeze):
        if move is stored_value_accounts.freeze:
            with expect_error("invalid"):
                move(member=rich, reason=" ")
        move(member=rich, reason="核实")
        before = database.dump_rows()
        move(member=rich, reason="核实")
        assert database.dump_rows() == before


def test_unknown_purchases_are_not_found(acme):
    with expect_error("not_found"):
        stored_value_payments.commit(order_number="nothing")
    assert stored_value_payments.release(order_number="nothing") == []
    with expect_error("not_found"):
        refund(1)
