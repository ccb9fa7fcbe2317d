"""Races over payments: with threads on the real database, and with each guard taken away."""

import pytest

from store.core import clock, events
from store.core.errors import DomainError
from store.payments import attempts, cash, due_work, refunds, settlement
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from tests.store.payments.conftest import FakeSale, evidence, refund_once, sale_of, settle
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


def test_pay_code_scanned_twice_at_once_is_charged_once(till, wechat):
    attempt = till.start(till.sale(), wechat, kind="wechat_code", auth_code="134567890123456789")
    outcomes = database.run_concurrently(6, lambda _: attempts.claim_charge(number=attempt.number))
    assert sorted(outcomes) == [False] * 5 + [True]
    assert attempts.get(attempt.number).state == "unknown"


def test_schedulers_at_once_claim_due_work_once(till, wechat):
    attempt = settle(till.start(till.sale(), wechat)).attempt
    refund_once(attempt)("r1", 300)
    waiting = till.start(till.sale(), wechat)
    PaymentAttempt.update(next_query_at=clock.now()).where(PaymentAttempt.id == waiting.id).execute()
    outcomes = database.run_concurrently(4, lambda _: due_work.claim_due())
    assert sum(outcomes) == 2
    assert events.Event.select().where(events.Event.kind.in_(("payments.due", "refunds.due"))).count() == 2


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

    def test_without_the_lock_a_pay_code_is_charged_twice(self, till, wechat, monkeypatch):
        attempt = till.start(till.sale(), wechat, kind="wechat_code", auth_code="134567890123456789")
        stale = [attempts.get(attempt.number) for _ in range(2)]
        monkeypatch.setattr(attempts, "lock", lambda number: stale.pop())
        assert [attempts.claim_charge(number=attempt.number) for _ in range(2)] == [True, True]

    def test_without_the_condition_due_work_is_claimed_twice(self, till, wechat, monkeypatch):
        attempt = till.start(till.sale(), wechat)
        PaymentAttempt.update(next_query_at=clock.now()).where(PaymentAttempt.id == attempt.id).execute()
        listed = attempts.list_due_queries(clock.now())
        monkeypatch.setattr(attempts, "list_due_queries", lambda now, limit: listed)
        assert [due_work.claim_attempts() for _ in range(2)] == [1, 0]  # with the condition
        leased = attempts.get(attempt.number)
        monkeypatch.setattr(attempts, "list_due_queries", lambda now, limit: [(leased, "query")])
        assert due_work.claim_attempts() == 1  # read again in between, as without the condition

    def test_without_the_condition_parts_exceed_the_payment(self, till, wechat, monkeypatch):
        attempt = settle(till.start(till.sale(1_000), wechat)).attempt
        monkeypatch.setattr(refunds, "reserve", lambda attempt, amount_fen: None)
        assert error_codes(refund_parts(attempt)) == []
        assert sum(row.amount_fen for row in Refund.select()) == 1_800
