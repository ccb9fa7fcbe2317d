"""Payment kinds, payment queries and the inbox of notices."""

from datetime import timedelta

import pytest
import time_machine

from store.core import clock, events
from store.core.errors import DomainError
from store.payments import cash, kinds, notices, queries, refunds
from store.payments.notices import PaymentNotice
from store.payments.queries import PaymentFilters
from store.tenants import business_days
from tests.store.payments.conftest import refund_once, settle


def test_o8_a_kind_earns_points_unless_set_otherwise(acme):
    assert kinds.flags()["wechat_code"] == (True, True)
    assert kinds.flags()["stored_value_bonus"] == (False, False)
    assert {code for code, (_, earns) in kinds.flags().items() if not earns} == {
        "stored_value_bonus", "voucher", "points", "cash_refund",
    }  # fmt: skip
    for _ in range(2):
        kinds.set_earns(code="points", earns=True)
    kinds.set_earns(code="cash", earns=False)
    assert (kinds.flags()["points"], kinds.flags()["cash"]) == ((False, True), (True, False))
    for values in ({"code": "none", "earns": True}, {"code": "cash", "earns": 1}):
        with pytest.raises(DomainError):
            kinds.set_earns(**values)


def test_m8_payments_are_listed_by_filters_and_pages(till, wechat, alipay):
    sales = [till.sale() for _ in range(3)]
    rows = [settle(till.start(sale, wechat)).attempt for sale in sales[:2]] + [till.start(sales[2], alipay)]
    today = business_days.today()
    expected = {
        PaymentFilters(): rows,
        PaymentFilters(first_day=today, last_day=today): rows,
        PaymentFilters(first_day=today + timedelta(days=1)): [],
        PaymentFilters(kind="alipay_web"): rows[2:],
        PaymentFilters(state="succeeded"): rows[:2],
        PaymentFilters(payable_number=sales[1].number): [rows[1]],
        PaymentFilters(keyword=rows[0].platform_number): [rows[0]],
        PaymentFilters(keyword="%"): [],
        PaymentFilters(shop_id=7): [],
    }
    for filters, found in expected.items():
        assert queries.list_payments(filters) == found[::-1], filters
        assert queries.count_payments(filters) == len(found)
    first = queries.list_payments(PaymentFilters(), page_size=2)
    rest = queries.list_payments(PaymentFilters(), after=queries.get_position(first[-1]))
    assert first + rest == rows[::-1]


def test_m8_wrong_filters_are_refused(acme):
    today = business_days.today()
    for values in (
        {"kind": "gold"}, {"state": "gone"}, {"keyword": "x" * 65}, {"shop_id": 0}, {"first_day": "2026"},
        {"first_day": today, "last_day": today - timedelta(days=1)}, {"payable_number": "9" * 41},
    ):  # fmt: skip
        with pytest.raises(DomainError):
            queries.summary(PaymentFilters(**values))


def test_i2_the_summary_names_the_kinds_of_the_report(till, wechat):
    attempt = settle(till.start(till.sale(1_000), wechat, kind="wechat_native")).attempt
    refund_once(attempt)("r1", 300)
    refunds.record_result(number="r1", outcome="succeeded")
    paid = till.cash(till.sale(500), 1_000)
    cash.hand_back(number="h1", attempt_number=paid.number, amount_fen=200, reason="退货")
    found = {row.code: row for row in queries.summary(PaymentFilters())}
    assert list(found) == ["wechat_native", "cash", "cash_refund"]
    native, in_cash, back = found.values()
    assert (native.report, native.count, native.paid_fen, native.refunded_fen) == (
        "微信原生支付",
        1,
        1_000,
        300,
    )
    assert (in_cash.report, in_cash.name, in_cash.paid_fen, in_cash.refunded_fen) == (
        "现金付款",
        "现金",
        500,
        0,
    )
    assert (back.report, back.refunded_count, back.refunded_fen) == ("现金退款", 1, 200)


def test_a_notice_is_kept_once_as_it_came(acme, wechat):
    rows = [notices.receive(merchant=wechat, notice_id="N1", body=b'{"a":"\xff"}') for _ in range(3)]
    assert len({row.id for row in rows}) == 1
    assert PaymentNotice.get().times == 3
    facts = {"merchant": wechat, "notice_id": "N1", "body": b"", "number": "p1"}
    for result in ("paid", "unchanged"):
        assert notices.process(**facts, apply=lambda result=result: result).result == "paid"
    assert (PaymentNotice.get().result, PaymentNotice.get().number) == ("paid", "p1")
    raw = PaymentNotice.select(PaymentNotice.body.cast("text")).tuples().get()[0]
    assert '"a"' not in raw
    assert PaymentNotice.get().body.startswith('{"a":')


def test_a_rejected_notice_leaves_nothing_and_is_applied_when_it_is_repeated(acme, wechat):
    def reject():
        events.record("payments.wrong")
        raise DomainError("evidence_rejected", "不一致", 422)

    facts = {"merchant": wechat, "notice_id": "N1", "body": b"{}"}
    with pytest.raises(DomainError):
        notices.process(**facts, number="p1", apply=reject)
    assert (PaymentNotice.select().count(), events.Event.select().count()) == (0, 0)
    assert notices.receive(**facts).result == ""
    for apply in (lambda: "succeeded", reject):
        assert notices.process(**facts, number="p1", apply=apply).result == "succeeded"
    assert (PaymentNotice.get().number, PaymentNotice.get().times) == ("p1", 3)


def test_alarms_of_a_kind_are_recorded_once_an_hour(acme, wechat):
    facts = [("signature", ""), ("signature", ""), ("too old", ""), ("differs", "p1"), ("differs", "p2")]
    recorded = [
        notices.record_rejection(merchant=wechat, reason=reason, number=number) for reason, number in facts
    ]
    assert recorded == [True, False, True, True, True]
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert notices.record_rejection(merchant=wechat, reason="signature")


def test_a_notice_without_id_is_known_by_its_body_and_a_huge_one_is_refused(acme, wechat):
    first = notices.receive(merchant=wechat, notice_id="", body=b"x")
    assert notices.receive(merchant=wechat, notice_id="", body=b"x") == first
    assert notices.receive(merchant=wechat, notice_id="", body=b"y") != first
    assert len(notices.receive(merchant=wechat, notice_id="n" * 500, body=b"z").notice_id) == 64
    with pytest.raises(DomainError):
        notices.receive(merchant=wechat, notice_id="big", body=b"x" * (notices.MAX_BODY_BYTES + 1))
