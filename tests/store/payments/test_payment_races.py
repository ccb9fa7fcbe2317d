"""Races over payments: with threads on the real database, and with each guard taken away."""

import pytest

from store.core.errors import DomainError
from store.payments import attempts, cash, refunds, settlement
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from tests.store.payments.conftest import FakeSale, evidence, sale_of, settle
from tests.support import database

pytestmark = pytest.mark.usefixtures("till")


def error_codes(outcomes):
    """The codes of those that were refused; anything else that was raised fails the test."""
    raised = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(outcome, DomainError) for outcome in raised), raised
    return sorted(outcome.code for outcome in raised)


def refund_parts(attempt):
    return database.run_concurrently(
        6, lambda n: refunds.ask(
            number=f"r{n}", attempt_number=attempt.number, amount_fen=300, reason="退货")
    )  # fmt: skip


def test_wx_4_notices_at_once_pay_once(till, wechat):
    sale = till.sale(1_000)
    proof = evidence(till.start(sale, wechat))
    outcomes = database.run_concurrently(6, lambda _: settlement.settle(proof).effect)
    assert sorted(outcomes) == ["paid", *["unchanged"] * 5]
    assert (sale_of(sale).money_fen, Refund.select().count()) == (1_000, 0)


def test_wx_3_two_attempts_that_succeed_at_once_pay_once(till, wechat, alipay):
    sale = till.sale(1_000)
    proofs = [evidence(till.start(sale, wechat)), evidence(till.start(sale, alipay))]
    outcomes = database.run_concurrently(4, lambda n: settlement.settle(proofs[n % 2]).effect)
    assert sorted(outcomes) == ["paid", "surplus", "unchanged", "unchanged"]
    assert (sale_of(sale).money_fen, Refund.select().count()) == (1_000, 1)


def test_wx_6_parts_at_once_never_exceed_the_payment(till, wechat):
    attempt = settle(till.start(till.sale(1_000), wechat)).attempt
    assert error_codes(refund_parts(attempt)) == ["refund_over_payment"] * 3
    assert attempts.get(attempt.number).refunded_fen == 900


def test_one_refund_asked_at_once_is_one(till, wechat):
    attempt = settle(till.start(till.sale(1_000), wechat)).attempt
    rows = database.run_concurrently(6, lambda _: refunds.ask(
        number="r1", attempt_number=attempt.number, amount_fen=300, reason="退货"))  # fmt: skip
    assert len({row.id for row in rows}) == 1
    assert attempts.get(attempt.number).refunded_fen == 300


def test_attempts_begun_at_once_leave_one_that_pends(till, wechat):
    sale = till.sale(1_000)
    database.run_concurrently(6, lambda n: till.start(sale, wechat, key=f"k{n}"))
    rows = attempts.list_for("sale", sale.number)
    assert (len(rows), sum(not row.closing for row in rows)) == (6, 1)


def test_one_pay_code_at_two_sales_charges_once(till, wechat):
    sales = [till.sale() for _ in range(4)]
    outcomes = database.run_concurrently(4, lambda n: till.start(
        sales[n], wechat, kind="wechat_code", auth_code="134567890123456789", key=f"k{n}"))  # fmt: skip
    assert error_codes(outcomes) == ["pay_code_used"] * 3


def test_cash_at_two_tills_is_taken_once(till):
    sale = till.sale(1_000)
    outcomes = database.run_concurrently(
        4, lambda n: cash.record_cash(
            payable_kind="sale", payable_number=sale.number, received_fen=1_000, key=f"c{n}")
    )  # fmt: skip
    assert error_codes(outcomes) == ["nothing_due"] * 3
    assert (sale_of(sale).money_fen, PaymentAttempt.select().count()) == (1_000, 1)


class TestWithoutGuard:
    """Negative controls: each guard is taken away, and the race does its damage. Interleaved by hand."""

    def test_without_the_lock_a_notice_pays_twice(self, till, wechat, monkeypatch):
        sale = till.sale(1_000)
        attempt = till.start(sale, wechat, amount_fen=400)
        stale = [
            attempts.get(attempt.number) for _ in range(2)
        ]  # both transactions read before either writes
        monkeypatch.setattr(attempts, "lock", lambda number: stale.pop())
        assert [settle(attempt).effect for _ in range(2)] == ["part_paid", "part_paid"]
        assert FakeSale.get_by_id(sale.id).money_fen == 800

    def test_without_the_condition_parts_exceed_the_payment(self, till, wechat, monkeypatch):
        attempt = settle(till.start(till.sale(1_000), wechat)).attempt
        monkeypatch.setattr(refunds, "reserve", lambda attempt, amount_fen: None)
        assert error_codes(refund_parts(attempt)) == []
        assert sum(row.amount_fen for row in Refund.select()) == 1_800
