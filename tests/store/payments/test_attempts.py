"""Attempts: one pends for each payable, a pay code charges once, and due work in time."""

from datetime import UTC, datetime, timedelta

import pytest

from store.core.errors import DomainError
from store.payments import attempts, merchants, reversals, schedule, states
from store.payments.attempts import PaymentAttempt
from store.payments.schedule import PaymentScheduleSettings
from tests.store.payments.conftest import settle

CODE = "134567890123456789"
T0 = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


def seconds(count: float) -> datetime:
    return T0 + timedelta(seconds=count)


def test_a_start_called_twice_is_one_attempt(till, wechat):
    sale = till.sale()
    first, again = till.start(sale, wechat, key="k"), till.start(sale, wechat, key="k")
    assert first == again
    assert len(first.number) <= 32
    assert first.number.isalnum()
    with pytest.raises(DomainError) as refused:
        till.start(till.sale(), wechat, key="k")
    assert refused.value.code == "key_reused"


def test_an_amount_beyond_what_is_due_is_refused(till, wechat):
    sale = till.sale(1_000)
    for amount_fen in (0, -1, 1_001, True, "5"):
        with pytest.raises(DomainError):
            till.start(sale, wechat, amount_fen=amount_fen)
    assert PaymentAttempt.select().count() == 0


def test_an_unknown_payable_kind_merchant_and_code_are_refused(till, wechat, alipay):
    sale = till.sale()
    for values in ({"kind": "cash"}, {"kind": "alipay_web"}, {"kind": "wechat_code"}, {"auth_code": CODE}):
        with pytest.raises(DomainError):
            till.start(sale, wechat, **values)
    with pytest.raises(DomainError):
        attempts.start(payable_kind="none", payable_number="1", kind="alipay_web", merchant=alipay, key="k")


def test_a_retired_merchant_takes_no_attempt_but_its_notices(till, wechat):
    attempt = till.start(till.sale(), wechat)
    merchants.retire(key=wechat.key)
    with pytest.raises(DomainError) as refused:
        till.start(till.sale(), wechat)
    assert refused.value.code == "merchant_retired"
    assert settle(attempt).effect == "paid"


class TestPayCode:
    def test_a_double_scan_is_one_attempt(self, till, wechat):
        sale = till.sale()
        scans = [till.start(sale, wechat, kind="wechat_code", auth_code=CODE) for _ in range(2)]
        assert scans[0] == scans[1]

    def test_it_pays_one_sale(self, till, wechat):
        settle(till.start(till.sale(), wechat, kind="wechat_code", auth_code=CODE))
        with pytest.raises(DomainError) as refused:
            till.start(till.sale(), wechat, kind="wechat_code", auth_code=CODE)
        assert refused.value.code == "pay_code_used"

    def test_the_next_scan_waits_for_the_one_before(self, till, wechat):
        sale = till.sale()
        till.start(sale, wechat, kind="wechat_code", auth_code=CODE)
        with pytest.raises(DomainError) as refused:
            till.start(sale, wechat, kind="wechat_code", auth_code="144444444444444444")
        assert refused.value.code == "pay_code_pending"

    def test_it_is_not_stored(self, till, wechat):
        row = till.start(till.sale(), wechat, kind="wechat_code", auth_code=CODE)
        assert CODE not in str(PaymentAttempt.select().where(PaymentAttempt.id == row.id).dicts().get())


class TestReversal:
    @pytest.fixture
    def attempt(self, till, wechat):
        return till.start(till.sale(), wechat, kind="wechat_code", auth_code=CODE)

    def test_it_closes_the_attempt_once(self, attempt):
        for _ in range(2):
            reversals.request_reversal(number=attempt.number)
            row = reversals.mark_reversal(number=attempt.number, is_final=True)
        assert (row.state, row.reversal, row.next_query_at) == ("closed", "done", None)

    def test_it_is_repeated_until_final(self, attempt):
        reversals.request_reversal(number=attempt.number)
        row = reversals.mark_reversal(number=attempt.number, is_final=False, must_repeat=True)
        assert attempts.list_due_queries(row.next_query_at) == [(row, "reverse")]

    def test_refused_for_good_the_attempt_is_queried(self, attempt):
        reversals.request_reversal(number=attempt.number)
        row = reversals.mark_reversal(number=attempt.number, is_final=False)
        assert attempts.list_due_queries(row.next_query_at) == [(row, "query")]
        assert settle(row, source="query").effect == "paid"

    def test_nothing_is_reversed_that_was_paid(self, attempt):
        settle(attempt)
        row = reversals.request_reversal(number=attempt.number)
        assert (row.state, row.reversal) == ("succeeded", "")
        assert reversals.mark_reversal(number=attempt.number, is_final=True).state == "succeeded"

    def test_a_closing_code_is_reversed(self, attempt):
        for _ in range(2):
            (row,) = attempts.request_closing(payable_kind="sale", payable_number=attempt.payable_number)
        assert attempts.list_due_queries(row.next_query_at) == [(row, "reverse")]
        assert attempts.has_pending("sale", attempt.payable_number)
        assert attempts.pending_fen("sale", attempt.payable_number) == 0


def test_a_query_without_answer_is_postponed(till, wechat):
    attempt = till.start(till.sale(), wechat)
    row = reversals.postpone_query(number=attempt.number)
    assert row.queried_at is not None
    assert attempts.list_due_queries(row.queried_at) == []


@pytest.mark.parametrize(
    ("kind", "passed_s", "next_s"),
    [
        *[("wechat_code", at, at + 5) for at in (0, 5, 10, 15, 20, 25)], ("wechat_code", 31, 31),
        ("wechat_code", 7, 10), *[("alipay_code", at, at + 3) for at in range(0, 45, 3)], ("alipay_code", 46, 46),
        ("wechat_native", 0, 15), ("wechat_native", 15, 30), ("alipay_web", 299, 300),
        ("alipay_web", 10_000, 13_600),
    ],
)  # fmt: skip
def test_the_schedule_of_queries(kind, passed_s, next_s):
    assert schedule.next_query(kind, T0, seconds(passed_s), PaymentScheduleSettings()) == seconds(next_s)


@pytest.mark.parametrize(
    ("is_pay_code", "closing", "reversal", "queried_s", "action"),
    [
        (True, False, "", None, "query"), (True, False, "", 25, "query"), (True, False, "", 30, "reverse"),
        (True, True, "", None, "reverse"), (True, False, "asked", None, "reverse"),
        (False, False, "", 100, "query"), (False, True, "", None, "close"),
    ],
)  # fmt: skip
def test_the_next_action(is_pay_code, closing, reversal, queried_s, action):
    assert action == schedule.next_action(
        is_pay_code=is_pay_code, closing=closing, reversal=reversal,
        reverse_at=seconds(30) if is_pay_code else None,
        queried_at=None if queried_s is None else seconds(queried_s),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "outcome", "expected"),
    [
        ("created", "pending", "pending"), ("created", "unknown", "unknown"), ("pending", "unknown", "unknown"),
        ("unknown", "pending", "pending"), ("pending", "succeeded", "succeeded"), ("unknown", "failed", "failed"),
        ("failed", "succeeded", "succeeded"), ("closed", "succeeded", "succeeded"), ("closed", "failed", "closed"),
        ("succeeded", "closed", "succeeded"), ("succeeded", "failed", "succeeded"), ("failed", "pending", "failed"),
        ("succeeded", "pending", "succeeded"), ("created", "not_found", "created"),
    ],
)  # fmt: skip
def test_the_states_of_an_attempt(state, outcome, expected):
    assert states.next_attempt_state(state, outcome=outcome, source="notice") == expected


@pytest.mark.parametrize(
    ("source", "reversal", "expected"),
    [
        ("notice", "asked", "pending"), ("query", "asked", "pending"), ("notice", "done", "pending"),
        ("bill", "done", "pending"), ("query", "done", "succeeded"), ("notice", "", "succeeded"),
    ],
)  # fmt: skip
def test_a_reversal_is_decided_by_the_platform(source, reversal, expected):
    found = states.next_attempt_state("pending", outcome="succeeded", source=source, reversal=reversal)
    assert found == expected


@pytest.mark.parametrize(
    ("closing", "is_pay_code", "expected"),
    [(True, False, "closed"), (False, False, "pending"), (True, True, "pending")],
)
def test_what_the_platform_does_not_know_is_closed_only_online(closing, is_pay_code, expected):
    found = states.next_attempt_state(
        "pending", outcome="not_found", source="query", closing=closing, is_pay_code=is_pay_code
    )
    assert found == expected
