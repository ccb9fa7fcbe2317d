"""Money at the till: cash with change, bank cards by reference."""

from datetime import date

import pytest

from store.core.errors import DomainError
from store.payments import cash
from store.payments.attempts import PaymentAttempt
from tests.store.payments.conftest import sale_of, settle


def test_cash_pays_and_gives_change(till):
    sale = till.sale(1_280)
    attempt = till.cash(sale, 2_000)
    assert (attempt.state, attempt.amount_fen, attempt.change_fen) == ("succeeded", 1_280, 720)
    assert sale_of(sale).money_fen == 1_280


def test_cash_recorded_twice_is_one(till):
    sale = till.sale(1_280)
    assert till.cash(sale, 1_000) == till.cash(sale, 1_000)
    assert sale_of(sale).money_fen == 1_000
    with pytest.raises(DomainError) as refused:
        till.cash(sale, 900)
    assert refused.value.code == "key_reused"


def test_cash_and_cards_any_number(till):
    sale = till.sale(1_000)
    till.cash(sale, 300, "c1")
    till.cash(sale, 300, "c2")
    record_card(sale, amount_fen=400)
    assert sale_of(sale).money_fen == 1_000


def test_cash_is_refused_where_nothing_is_due(till):
    sale = till.sale(1_000)
    till.cash(sale, 1_000, "c1")
    with pytest.raises(DomainError) as refused:
        till.cash(sale, 1_000, "c2")
    assert refused.value.code == "nothing_due"
    assert PaymentAttempt.select().count() == 1


def test_cash_leaves_what_pends_to_its_payment(till, wechat):
    sale = till.sale(1_000)
    attempt = till.start(sale, wechat, amount_fen=600)
    assert till.cash(sale, 1_000).change_fen == 600
    with pytest.raises(DomainError) as refused:
        till.cash(sale, 1_000, "c2")
    assert refused.value.code == "payment_pending"
    assert settle(attempt).effect == "paid"


def test_an_amount_that_is_none_is_refused(till):
    sale = till.sale()
    for received_fen in (0, -5, True, 10**9, "5", 1.0):
        with pytest.raises(DomainError):
            till.cash(sale, received_fen)
    assert PaymentAttempt.select().count() == 0


def record_card(sale, **values):
    known = {"amount_fen": 1_000, "reference": "000123456789", "tail": "4242", "key": "card-1"}
    return cash.record_bank_card(payable_kind="sale", payable_number=sale.number, **{**known, **values})


def test_m11_a_card_is_recorded_by_reference_day_and_tail(till):
    sale = till.sale(1_000)
    row = record_card(sale, paid_on=date(2026, 11, 28))
    assert record_card(sale, paid_on=date(2026, 11, 28)) == row
    assert (row.state, row.platform_number, row.tail, row.card_date) == (
        "succeeded", "000123456789", "4242", "2026-11-28",
    )  # fmt: skip


def test_m11_a_card_number_or_wrong_amount_is_refused(till):
    sale = till.sale(1_000)
    for values in (
        {"tail": "6222021234567890128"}, {"tail": "42"}, {"tail": ""}, {"tail": "abcd"}, {"tail": None},
        {"reference": ""}, {"reference": "x" * 65}, {"reference": "4242 4242 4242 4242"},
        {"reference": "4242424242424242"}, {"amount_fen": 1_001}, {"amount_fen": 0},
    ):  # fmt: skip
        with pytest.raises(DomainError):
            record_card(sale, **values)
    assert PaymentAttempt.select().count() == 0
