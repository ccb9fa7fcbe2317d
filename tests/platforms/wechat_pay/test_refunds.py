"""Refunds of WeChat Pay: answers, notices, and numbers that are used again."""

import threading
from typing import Any

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from platforms.payment_answers import RefundAnswer
from tests.platforms.wechat_pay.conftest import Shop

REFUNDS = "/v3/refund/domestic/refunds"


def refund(shop: Shop, number: str = "R1", amount_fen: int = 300) -> RefundAnswer:
    return shop.pay.refund(
        number=number, payment_number="A00001", amount_fen=amount_fen, total_fen=1_000, reason="退货"
    )


@pytest.fixture
def paid(shop: Shop) -> Shop:
    shop.charge(amount_fen=1_000)
    return shop


def test_wx_6_partial_refunds_add_up_and_never_exceed_the_payment(paid: Shop) -> None:
    refund(paid, "R1", 300)
    refund(paid, "R2", 400)
    with pytest.raises(PlatformRejectedError) as raised:
        refund(paid, "R3", 400)
    assert raised.value.code == "INVALIDREQUEST"
    assert paid.balance() == 500_000 - 300
    assert paid.pay.query(number="A00001").amount_fen == 1_000


def test_same_number_is_the_same_refund(paid: Shop) -> None:
    assert refund(paid).platform_number == refund(paid).platform_number
    assert paid.balance() == 500_000 - 700


def test_wx_7_refund_without_merchant_balance_succeeds_later_with_the_same_number(paid: Shop) -> None:
    paid.merchant.balance_fen = 0
    with pytest.raises(PlatformRejectedError) as raised:
        refund(paid)
    assert raised.value.code == "NOTENOUGH"
    paid.merchant.balance_fen = 1_000
    refund(paid)
    assert paid.pay.query_refund(number="R1", payment_number="A00001").outcome == "succeeded"


@pytest.mark.parametrize(
    ("result", "outcome", "balance"),
    [("SUCCESS", "succeeded", 499_300), ("ABNORMAL", "abnormal", 499_000), ("CLOSED", "failed", 499_000)],
)
def test_wx_9_and_10_answer_status_and_notice_refund_status_are_read(
    paid: Shop, result: Any, outcome: str, balance: int
) -> None:
    paid.merchant.refund_result = result
    answer = refund(paid)
    assert answer.outcome == "processing"
    paid.wait_for_notices()
    notice = paid.parse()
    assert isinstance(notice, RefundAnswer)
    assert (notice.outcome, notice.number, notice.payment_number) == (outcome, "R1", "A00001")
    assert (notice.amount_fen, notice.platform_number) == (300, answer.platform_number)
    assert paid.pay.query_refund(number="R1", payment_number="A00001").outcome == outcome
    assert paid.balance() == balance


def test_wx_10_processing_refund_stays_open(paid: Shop) -> None:
    paid.merchant.refund_result = "PROCESSING"
    refund(paid)
    assert paid.pay.query_refund(number="R1", payment_number="A00001").outcome == "processing"
    assert paid.receiver.notices == []


def test_closed_refund_frees_the_money_for_another_number(paid: Shop) -> None:
    paid.merchant.refund_result = "CLOSED"
    refund(paid, "R1", 1_000)
    paid.merchant.refund_result = "SUCCESS"
    refund(paid, "R2", 1_000)
    assert paid.balance() == 500_000


def test_refund_in_doubt_is_found_by_its_number(paid: Shop) -> None:
    paid.fault(REFUNDS, "error_after")
    with pytest.raises(OutcomeUnknownError):
        refund(paid)
    assert paid.pay.query_refund(number="R1", payment_number="A00001").outcome == "succeeded"
    refund(paid)
    assert paid.balance() == 500_000 - 700


def test_unknown_refund_is_not_found(paid: Shop) -> None:
    answer = paid.pay.query_refund(number="R9", payment_number="A00001")
    assert (answer.outcome, answer.number, answer.payment_number) == ("not_found", "R9", "A00001")


def test_refund_of_another_payment_is_in_doubt(paid: Shop) -> None:
    refund(paid)
    with pytest.raises(OutcomeUnknownError) as raised:
        paid.pay.query_refund(number="R1", payment_number="A00002")
    assert raised.value.code == "mismatch"


def test_wx_14_two_refunds_in_one_second_are_both_accepted(paid: Shop) -> None:
    answers: list[RefundAnswer] = []
    threads = [
        threading.Thread(target=lambda number=number: answers.append(refund(paid, number)))
        for number in ("R1", "R2")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.number for answer in answers} == {"R1", "R2"}
    assert paid.balance() == 500_000 - 400
