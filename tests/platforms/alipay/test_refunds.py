"""Refunds count once per number, and the sum of all refunds is never taken for one of them."""

import pytest

from platforms.errors import OutcomeUnknownError, PlatformRejectedError
from tests.platforms.alipay.conftest import NUMBER, Shop


@pytest.fixture
def paid(shop: Shop) -> Shop:
    shop.charge(amount_fen=1_000)
    shop.wait_for_notices()
    return shop


def test_ali_4_each_number_is_refunded_once(paid: Shop) -> None:
    before = paid.balance()
    answers = [paid.refund(number, 300) for number in ("r1", "r1", "r2")]
    assert [(answer.number, answer.outcome, answer.amount_fen) for answer in answers] == [
        ("r1", "succeeded", 300),
        ("r1", "succeeded", 300),
        ("r2", "succeeded", 300),
    ]
    assert paid.balance() == before + 600


def test_query_gives_the_amount_of_one_refund(paid: Shop) -> None:
    paid.refund("r1", 300)
    paid.refund("r2", 250)
    answer = paid.pay.query_refund(number="r2", payment_number=NUMBER)
    assert (answer.outcome, answer.amount_fen, answer.payment_number) == ("succeeded", 250, NUMBER)


def test_refund_that_alipay_does_not_know_is_not_found(paid: Shop) -> None:
    assert paid.pay.query_refund(number="r1", payment_number=NUMBER).outcome == "not_found"
    assert paid.pay.query_refund(number="r1", payment_number="A00009").outcome == "not_found"


def test_same_number_with_another_amount_is_refused(paid: Shop) -> None:
    paid.refund("r1", 300)
    with pytest.raises(PlatformRejectedError) as raised:
        paid.refund("r1", 200)
    assert raised.value.code == "ACQ.DISCORDANT_REPEAT_REQUEST"


def test_more_than_the_payment_is_refused(paid: Shop) -> None:
    paid.refund("r1", 800)
    with pytest.raises(PlatformRejectedError):
        paid.refund("r2", 201)
    with pytest.raises(ValueError, match="at most"):
        paid.refund("r2", 1_001)


def test_refund_without_balance_of_the_seller_can_be_repeated(paid: Shop) -> None:
    paid.app.balance_fen = 0
    with pytest.raises(PlatformRejectedError) as raised:
        paid.refund("r1", 300)
    assert raised.value.code == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    paid.app.balance_fen = 1_000
    assert paid.refund("r1", 300).outcome == "succeeded"


@pytest.mark.parametrize("kind", ["error", "error_after", "unsigned", "garbage"])
def test_refund_in_doubt_is_repeated_under_its_number(paid: Shop, kind: str) -> None:
    before = paid.balance()
    paid.fault("alipay.trade.refund", kind)
    with pytest.raises(OutcomeUnknownError):
        paid.refund("r1", 300)
    assert paid.refund("r1", 300).outcome == "succeeded"
    assert paid.balance() == before + 300


def test_refund_whose_time_is_over_is_refused(paid: Shop) -> None:
    paid.sandbox.state.alipay.finish(paid.sandbox.state.alipay.list_trades()[0].trade_no)
    with pytest.raises(PlatformRejectedError) as raised:
        paid.refund("r1", 300)
    assert raised.value.code == "ACQ.TRADE_HAS_FINISHED"
    assert paid.pay.query(number=NUMBER).outcome == "succeeded"
