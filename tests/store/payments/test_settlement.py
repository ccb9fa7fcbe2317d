"""Settlement: what each piece of evidence does to the attempt, the payable and the surplus."""

import pytest

from store.core import events
from store.core.errors import DomainError
from store.payments import attempts, refunds, reversals, settlement
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.payments.settlement import EvidenceRejected
from tests.store.payments.conftest import evidence, sale_of, settle


def count_events(kind: str) -> int:
    return events.Event.select().where(events.Event.kind == kind).count()


def test_a_notice_pays_the_sale(till, wechat):
    sale = till.sale(1_000)
    attempt = till.start(sale, wechat)
    done = settle(attempt)
    assert (done.effect, done.surplus_fen) == ("paid", 0)
    assert sale_of(sale).money_fen == 1_000
    row = attempts.get(attempt.number)
    assert (row.state, row.taken_fen, row.payer_id, row.next_query_at) == (
        "succeeded",
        1_000,
        "openid-1",
        None,
    )


def test_wx_4_a_repeated_notice_changes_nothing(till, wechat):
    sale = till.sale()
    attempt = till.start(sale, wechat)
    effects = [settle(attempt).effect for _ in range(3)]
    assert effects == ["paid", "unchanged", "unchanged"]
    assert sale_of(sale).money_fen == 1_000
    assert count_events("payments.succeeded") == 1


def test_part_payments_add_up(till, wechat):
    sale = till.sale(1_000)
    assert settle(till.start(sale, wechat, amount_fen=400)).effect == "part_paid"
    assert settle(till.start(sale, wechat)).effect == "paid"
    assert sale_of(sale).money_fen == 1_000


def test_wx_1_a_second_attempt_closes_the_first_and_has_a_number_of_its_own(till, wechat):
    sale = till.sale()
    first = till.start(sale, wechat, kind="wechat_native")
    second = till.start(sale, wechat, kind="wechat_web")
    assert first.number != second.number
    first = attempts.get(first.number)
    assert first.closing
    assert attempts.list_due_queries(first.next_query_at)[0] == (first, "close")
    assert settle(first, source="query", outcome="closed").effect == "closed"
    assert settle(second).effect == "paid"


def test_wx_2_money_after_the_close_is_refunded_in_full(till, wechat):
    sale = till.sale()
    attempt = till.start(sale, wechat)
    attempts.request_closing(payable_kind="sale", payable_number=sale.number)
    settle(attempt, source="query", outcome="closed", amount_fen=None)
    sale.update_fields(is_closed=True)
    done = settle(attempt)
    assert (done.effect, done.surplus_fen) == ("surplus", 1_000)
    refund = Refund.get()
    assert (refund.amount_fen, refund.state, refund.purpose) == (1_000, "asked", "surplus")
    assert (sale_of(sale).money_fen, sale_of(sale).is_closed) == (0, True)
    assert count_events("payments.surplus") == 1


def test_wx_3_the_second_success_is_a_surplus_and_both_are_accepted(till, wechat, alipay):
    sale = till.sale()
    by_wechat, by_alipay = till.start(sale, wechat), till.start(sale, alipay)
    assert settle(by_alipay).effect == "paid"
    assert settle(by_wechat).effect == "surplus"
    assert sale_of(sale).money_fen == 1_000
    assert [refund.attempt_id for refund in Refund.select()] == [by_wechat.id]
    assert settle(by_wechat).effect == "unchanged"
    assert Refund.select().count() == 1


DIFFERENCES = [
    ({"amount_fen": 999}, "amount_fen"),
    ({"amount_fen": 1_001}, "amount_fen"),
    ({"amount_fen": None}, "amount_fen"),
    ({"app_id": "wx0000000000000000"}, "app_id"),
    ({"app_id": ""}, "app_id"),
    ({"merchant_number": "1900000110"}, "merchant_number"),
    ({"merchant_number": ""}, "merchant_number"),
    ({"merchant_id": None}, "merchant_id"),
    ({"merchant_id": 10**6}, "merchant_id"),
    ({"currency": "USD"}, "currency"),
    ({"currency": ""}, "currency"),
    ({"platform_number": ""}, "platform_number"),
    ({"source": "cashier"}, "source"),
    ({"attempt_number": "p0000000000"}, "number"),
]


def test_wx_16_a_notice_that_differs_changes_nothing(till, wechat):
    sale = till.sale()
    attempt = till.start(sale, wechat)
    for changed, field in DIFFERENCES:
        with pytest.raises(EvidenceRejected) as rejected:
            settle(attempt, **changed)
        assert field in rejected.value.details["fields"], changed
        assert (rejected.value.status, rejected.value.code) == (422, "evidence_rejected")
    assert attempts.get(attempt.number).state == "created"
    assert (sale_of(sale).money_fen, Refund.select().count()) == (0, 0)


def test_wx_16_a_rejection_is_recorded_and_the_attempt_is_queried_at_once(till, wechat):
    attempt = till.start(till.sale(), wechat)
    wrong = evidence(attempt, amount_fen=999)
    with pytest.raises(EvidenceRejected) as rejected:
        settlement.settle(wrong)
    settlement.record_rejection(evidence=wrong, rejection=rejected.value)
    assert count_events("payments.evidence_rejected") == 1
    due = attempts.get(attempt.number).next_query_at
    assert due < attempt.next_query_at


def test_a_query_with_another_amount_is_a_surplus_and_pays_nothing(till, wechat):
    sale = till.sale()
    attempt = till.start(sale, wechat)
    done = settle(attempt, source="query", amount_fen=100)
    assert (done.effect, done.surplus_fen, sale_of(sale).money_fen) == ("surplus", 100, 0)
    assert Refund.get().amount_fen == 100


def test_another_platform_number_for_a_paid_attempt_is_rejected(till, wechat):
    attempt = till.start(till.sale(), wechat)
    settle(attempt)
    with pytest.raises(EvidenceRejected):
        settle(attempt, platform_number="4299")


def test_ali_1_a_finished_trade_after_a_full_refund_changes_nothing(till, alipay):
    sale = till.sale()
    attempt = till.start(sale, alipay)
    settle(attempt)
    refunds.ask(number="r1", attempt_number=attempt.number, amount_fen=1_000, reason="退货")
    refunds.record_result(number="r1", outcome="succeeded")
    assert settle(attempt).effect == "unchanged"
    assert settle(attempt, outcome="closed").effect == "unchanged"
    assert sale_of(sale).money_fen == 1_000


def test_sv_3_nothing_due_starts_no_attempt(till, wechat):
    sale = till.sale(0)
    with pytest.raises(DomainError, match="没有待付金额"):
        till.start(sale, wechat)
    assert PaymentAttempt.select().count() == 0


@pytest.mark.parametrize("outcome", ["failed", "closed"])
def test_a_final_outcome_called_twice_records_one_event(till, wechat, outcome):
    attempt = till.start(till.sale(), wechat)
    assert settle(attempt, source="query", outcome=outcome).effect == outcome
    assert settle(attempt, source="query", outcome=outcome).effect == "unchanged"
    assert count_events(f"payments.{outcome}") == 1


def test_a_notice_during_a_reversal_waits_for_the_platform(till, wechat):
    sale = till.sale()
    attempt = till.start(sale, wechat, kind="wechat_code", auth_code="134567890123456789")
    reversals.request_reversal(number=attempt.number)
    assert settle(attempt).effect == "unchanged"
    reversals.mark_reversal(number=attempt.number, is_final=True)
    assert attempts.get(attempt.number).state == "closed"
    assert settle(attempt).effect == "unchanged"  # sent before the money went back
    assert settle(attempt, source="query").effect == "paid"  # the platform has the money after all
