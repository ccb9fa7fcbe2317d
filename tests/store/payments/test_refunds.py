"""Refunds: never more than was paid, the same number until it is final, and what each outcome does."""

from datetime import timedelta

import pytest

from store.core import clock, events
from store.core.errors import DomainError
from store.payments import attempts, cash, refunds
from store.payments.refunds import Refund
from store.payments.settlement import EvidenceRejected
from store.tenants import audit
from tests.store.payments.conftest import refund_once, settle
from tests.support import database, races


@pytest.fixture
def paid(till, wechat):
    attempt = till.start(till.sale(1_000), wechat)
    return settle(attempt).attempt


def count_events(kind: str) -> int:
    return events.Event.select().where(events.Event.kind == kind).count()


def refunded_fen(attempt) -> int:
    return attempts.get(attempt.number).refunded_fen


def test_wx_6_parts_are_refunded_and_never_more_than_was_paid(paid):
    ask = refund_once(paid)
    ask("r1", 300)
    ask("r2", 400)
    with pytest.raises(DomainError) as refused:
        ask("r3", 400)
    assert (refused.value.code, refused.value.details) == ("refund_over_payment", {"refundable_fen": 300})
    assert (refunded_fen(paid), Refund.select().count()) == (700, 2)
    ask("r3", 300)


def test_a_refund_asked_twice_is_one(paid):
    ask = refund_once(paid)
    assert ask("r1", 300) == ask("r1", 300)
    assert (refunded_fen(paid), count_events("refunds.asked")) == (300, 1)
    with pytest.raises(DomainError, match="已用于另一笔"):
        ask("r1", 400)


def test_wrong_amounts_and_numbers_are_rejected(paid):
    for amount_fen in (0, -1, True, 1.5, "1", None):
        with pytest.raises(DomainError):
            refund_once(paid)("r1", amount_fen)
    for number in ("", "r-1", "r" * 33, "退1", None):
        with pytest.raises(DomainError, match="退款单号"):
            refund_once(paid)(number, 100)
    assert (refunded_fen(paid), Refund.select().count()) == (0, 0)


def test_what_was_not_paid_is_not_refunded(till, wechat):
    attempt = till.start(till.sale(), wechat)
    with pytest.raises(DomainError, match="没有成功"):
        refund_once(attempt)("r1", 100)


def test_wx_9_success_is_done(paid):
    refund_once(paid)("r1", 300)
    for _ in range(2):
        row = refunds.record_result(number="r1", outcome="succeeded", platform_number="50300")
    assert (row.state, row.platform_number, row.next_try_at) == ("succeeded", "50300", None)
    assert count_events("refunds.succeeded") == 1


def test_wx_9_closed_frees_the_money_once(paid):
    ask = refund_once(paid)
    ask("r1", 1_000)
    for _ in range(2):
        refunds.record_result(number="r1", outcome="failed")
    assert refunded_fen(paid) == 0
    ask("r2", 1_000)


def test_wx_9_abnormal_waits_for_a_person_and_keeps_the_money(paid):
    refund_once(paid)("r1", 1_000)
    for _ in range(2):
        row = refunds.record_result(number="r1", outcome="abnormal", message="用户银行卡已注销")
    assert (row.state, row.done_at, refunded_fen(paid)) == ("abnormal", None, 1_000)
    assert refunds.list_abnormal() == [row]
    assert count_events("refunds.abnormal") == 1
    assert refunds.record_result(number="r1", outcome="succeeded").state == "succeeded"
    assert refunds.list_abnormal() == []


def test_wx_7_without_balance_the_same_number_is_tried_again(paid):
    refund_once(paid)("r1", 300)
    row = refunds.record_result(number="r1", outcome="not_enough", message="商户余额不足")
    assert (row.state, row.tries, row.message) == ("asked", 1, "商户余额不足")
    now = clock.now()
    assert refunds.list_due(now) == []
    assert [each.number for each in refunds.list_due(now + timedelta(minutes=11))] == ["r1"]
    assert refunds.record_result(number="r1", outcome="succeeded").state == "succeeded"
    assert (Refund.select().count(), refunded_fen(paid)) == (1, 300)


def test_wx_10_processing_stays_open_until_a_notice_or_query(paid):
    refund_once(paid)("r1", 300)
    assert refunds.record_result(number="r1", outcome="processing").state == "sent"
    assert refunds.record_result(number="r1", outcome="unknown").state == "sent"
    assert [row.state for row in refunds.list_due(clock.now() + timedelta(days=1))] == ["sent"]
    assert refunds.record_result(number="r1", outcome="not_found").state == "asked"


def test_wx_11_a_result_that_differs_changes_nothing(paid):
    refund_once(paid)("r1", 300)
    for changed in ({"amount_fen": 200}, {"attempt_number": "p1"}, {"merchant_id": 10**6}):
        with pytest.raises(EvidenceRejected):
            refunds.record_result(number="r1", outcome="succeeded", **changed)
    assert refunds.get("r1").state == "asked"
    with pytest.raises(DomainError):
        refunds.record_result(number="unknown", outcome="succeeded")


def test_ali_2_a_notice_of_a_partial_refund_marks_it_and_pays_nothing_again(till, alipay):
    attempt = settle(till.start(till.sale(), alipay)).attempt
    refund_once(attempt)("r1", 300)
    refunds.record_result(
        number="r1", outcome="succeeded", amount_fen=300, attempt_number=attempt.number, merchant_id=alipay.id
    )
    assert settle(attempt).effect == "unchanged"
    assert (refunds.get("r1").state, refunded_fen(attempt)) == ("succeeded", 300)
    assert count_events("payments.succeeded") == 1


class TestHandBack:
    def hand_back(self, attempt, number="h1", amount_fen=300, **values):
        return cash.hand_back(
            number=number, attempt_number=attempt.number, amount_fen=amount_fen, reason="退货", **values
        )

    def test_cash_is_handed_back_once(self, till):
        attempt = till.cash(till.sale(1_000), 1_000)
        assert self.hand_back(attempt) == self.hand_back(attempt)
        assert (refunded_fen(attempt), count_events("refunds.succeeded")) == (300, 1)
        with pytest.raises(DomainError) as refused:
            self.hand_back(attempt, "h2", 701)
        assert refused.value.code == "refund_over_payment"

    def test_cash_is_not_refunded_by_a_platform(self, till):
        attempt = till.cash(till.sale(1_000), 1_000)
        with pytest.raises(DomainError, match="由收银员退还"):
            refund_once(attempt)("r1", 100)

    def test_cash_replaces_a_refund_that_the_platform_no_longer_makes(self, paid):
        row = self.hand_back(paid)
        assert (row.method, row.state, refunded_fen(paid)) == ("cash", "succeeded", 300)
        with pytest.raises(EvidenceRejected):
            refunds.record_result(number="h1", outcome="failed")

    def test_only_a_card_s_payment_goes_back_to_a_card(self, paid):
        with pytest.raises(DomainError):
            self.hand_back(paid, method="bank_card", reference="R1")


@pytest.mark.usefixtures("verify_afterwards")
def test_a_surplus_whose_refund_failed_waits_for_a_person_and_is_asked_again(till, wechat):
    sale = till.sale(1_000)
    attempt = till.start(sale, wechat)
    sale.update_fields(is_closed=True)
    assert settle(attempt).surplus_fen == 1_000
    first = Refund.get()
    refunds.record_result(number=first.number, outcome="failed")
    refunds.ask(
        number="again", attempt_number=attempt.number, amount_fen=1_000, reason="再次退回", purpose="surplus"
    )
    assert attempts.get(attempt.number).refunded_fen == 1_000


class TestResolving:
    @pytest.fixture
    def abnormal(self, paid):
        refund_once(paid)("r1", 1_000)
        return refunds.record_result(number="r1", outcome="abnormal", message="用户银行卡已注销")

    def test_wx_9_a_person_says_that_the_money_arrived(self, paid, abnormal):
        for _ in range(2):
            row = refunds.resolve(number="r1", resolution="succeeded", reason="银行回单 8812")
        assert (row.state, row.done_at is None, refunded_fen(paid)) == ("succeeded", False, 1_000)
        assert count_events("refunds.succeeded") == 1
        assert [entry.action for entry in audit.list_entries()].count("refunds.resolve") == 1

    def test_wx_9_a_person_frees_the_money_for_another_refund(self, paid, abnormal):
        for _ in range(2):
            refunds.resolve(number="r1", resolution="failed", reason="改为现金")
        assert refunded_fen(paid) == 0
        cash.hand_back(number="h1", attempt_number=paid.number, amount_fen=1_000, reason="改为现金")

    def test_wx_9_a_person_sends_it_again_under_the_same_number(self, paid, abnormal):
        for _ in range(2):
            row = refunds.resolve(number="r1", resolution="retry", reason="顾客换了卡")
        assert (row.state, [one.number for one in refunds.list_due(clock.now())]) == ("asked", ["r1"])
        assert (count_events("refunds.asked"), refunded_fen(paid)) == (2, 1_000)
        assert refunds.record_result(number="r1", outcome="succeeded").state == "succeeded"

    def test_only_a_person_sends_an_abnormal_refund_again(self, abnormal):
        for outcome in ("not_enough", "not_found", "processing", "unknown"):
            assert refunds.record_result(number="r1", outcome=outcome).state == "abnormal"

    def test_other_refunds_and_wrong_words_are_rejected(self, paid):
        refund_once(paid)("r1", 1_000)
        for values in (
            {"number": "r1"}, {"number": "r1", "resolution": "lost"}, {"number": "r1", "reason": " "}, {"number": "x"},
        ):  # fmt: skip
            with pytest.raises(DomainError):
                refunds.resolve(**{"resolution": "failed", "reason": "核对", **values})
        assert (refunds.get("r1").state, refunded_fen(paid)) == ("asked", 1_000)

    def test_of_two_decisions_at_once_one_holds(self, paid, abnormal):
        words = ["succeeded", "failed"] * 2
        outcomes = database.run_concurrently(
            4, lambda n: refunds.resolve(number="r1", resolution=words[n], reason="核对")
        )
        assert sum(isinstance(one, DomainError) for one in outcomes) == 2
        assert refunded_fen(paid) == (1_000 if refunds.get("r1").state == "succeeded" else 0)

    def test_control_without_the_locks_both_decisions_are_written(self, paid, abnormal, monkeypatch):
        monkeypatch.setattr(attempts, "lock", attempts.get)
        find = Refund.find
        monkeypatch.setattr(Refund, "find", lambda lock=False, **by: find(**by))
        monkeypatch.setattr(refunds, "get", lambda number: find(number=number))
        monkeypatch.setattr(refunds, "_get", races.with_barrier(lambda row: row))
        with races.without_write_queue():
            outcomes = database.run_concurrently(
                2,
                lambda n: refunds.resolve(number="r1", resolution=("succeeded", "failed")[n], reason="核对"),
            )
        assert [one.number for one in outcomes] == ["r1", "r1"], outcomes


def test_an_operator_asks_for_a_refund_once(paid):
    for _ in range(2):
        row = refunds.ask_by_person(
            number="P1", attempt_number=paid.number, amount_fen=300, reason="多收服务费"
        )
    assert (row.purpose, refunded_fen(paid), count_events("refunds.asked")) == ("return", 300, 1)
    assert [entry.action for entry in audit.list_entries()].count("refunds.ask") == 1
    with pytest.raises(DomainError):
        refunds.ask_by_person(number="P2", attempt_number=paid.number, amount_fen=701, reason="多收服务费")
    assert [one.number for one in refunds.list_refunds(state="asked")] == ["P1"]
    assert refunds.list_refunds(before_id=row.id) == []


@pytest.mark.usefixtures("verify_afterwards")
def test_an_operator_gives_a_surplus_back_whose_refund_failed(till, wechat):
    sale = till.sale(1_000)
    attempt = till.start(sale, wechat)
    sale.update_fields(is_closed=True)
    settle(attempt)
    refunds.record_result(number=Refund.get().number, outcome="failed")
    row = refunds.ask_by_person(
        number="P1", attempt_number=attempt.number, amount_fen=1_000, reason="再次退回"
    )
    assert row.purpose == "surplus"
