"""Notices count only with a valid signature, for this app and seller, and say what they are about."""

from datetime import UTC, datetime, timedelta

import pytest

from platforms.payment_answers import NoticeRejectedError, PaymentAnswer, RefundAnswer
from sandbox import alipay_crypto as crypto
from tests.platforms.alipay.conftest import NUMBER, Shop


@pytest.fixture
def paid(shop: Shop) -> Shop:
    shop.charge(amount_fen=1_000)
    shop.wait_for_notices()
    return shop


def sign_again(shop: Shop, *, charset: str = "utf-8", **changes: str) -> dict[str, str]:
    """The last notice, altered and signed by the platform."""
    form = {**shop.receiver.forms[-1], **changes, "charset": charset}
    del form["sign"], form["sign_type"]
    text = crypto.join_parameters(form, without=())
    return {**form, "sign_type": "RSA2", "sign": crypto.sign(shop.app.platform_private_key_pem, text)}


def parse(shop: Shop, form: dict[str, str]) -> PaymentAnswer | RefundAnswer:
    return shop.pay.parse_notice(form, now=datetime.now(UTC))


def ensure_rejected(shop: Shop, form: dict[str, str], reason: str) -> None:
    with pytest.raises(NoticeRejectedError) as raised:
        parse(shop, form)
    assert raised.value.reason == reason


def test_notice_of_a_payment_names_everything_that_is_compared(paid: Shop) -> None:
    answer = paid.parse()
    assert isinstance(answer, PaymentAnswer)
    assert (answer.number, answer.outcome, answer.amount_fen, answer.currency) == (
        NUMBER,
        "succeeded",
        1_000,
        "CNY",
    )
    assert (answer.app_id, answer.merchant_id) == (paid.app.app_id, paid.app.seller_id)
    assert answer.payer_id == paid.user_id()
    assert abs(answer.paid_at - datetime.now(UTC)) < timedelta(seconds=10)
    assert answer.notice_id == paid.receiver.forms[0]["notify_id"]


def test_repeated_notice_has_the_same_id(paid: Shop) -> None:
    first = paid.receiver.forms[0]["notify_id"]
    paid.sandbox.state.payment_notices.repeat(first, copies=2, in_parallel=True)
    assert {paid.parse(index).notice_id for index in range(3)} == {first}


def test_ali_1_notice_after_a_full_refund_is_a_payment_of_the_same_trade(paid: Shop) -> None:
    paid.refund("r1", 1_000)
    paid.sandbox.state.alipay.finish(paid.sandbox.state.alipay.list_trades()[0].trade_no)
    paid.wait_for_notices()
    closed, finished = sorted((paid.parse(index) for index in (1, 2)), key=lambda answer: answer.reason)
    assert isinstance(closed, RefundAnswer)
    assert (closed.number, closed.reason) == ("r1", "TRADE_CLOSED")
    assert isinstance(finished, PaymentAnswer)
    assert (finished.outcome, finished.reason, finished.amount_fen) == ("succeeded", "TRADE_FINISHED", 1_000)


def test_ali_2_notice_of_a_partial_refund_is_no_payment(paid: Shop) -> None:
    for number in ("r1", "r2"):
        paid.refund(number, 300)
        paid.wait_for_notices()
    answers = [paid.parse(index) for index in (1, 2)]
    assert all(isinstance(answer, RefundAnswer) for answer in answers)
    assert [(answer.number, answer.payment_number, answer.outcome) for answer in answers] == [
        ("r1", NUMBER, "succeeded"),
        ("r2", NUMBER, "succeeded"),
    ]
    # refund_fee of the second one is 6.00, the sum.
    assert [answer.amount_fen for answer in answers] == [None, None]
    assert paid.receiver.forms[2]["refund_fee"] == "6.00"


def test_notice_of_a_closed_trade_is_closed(shop: Shop) -> None:
    shop.fault("alipay.trade.pay", "pending")
    shop.charge()
    shop.pay.close(number=NUMBER)
    shop.wait_for_notices()
    assert (shop.parse().outcome, shop.parse().paid_at) == ("closed", None)


@pytest.mark.parametrize(
    "name",
    [
        "out_trade_no",
        "total_amount",
        "trade_status",
        "seller_id",
        "app_id",
        "notify_id",
        "buyer_id",
        "subject",
    ],
)
def test_altered_field_is_rejected(paid: Shop, name: str) -> None:
    ensure_rejected(paid, {**paid.receiver.forms[0], name: "1"}, "signature")


def test_added_field_is_rejected(paid: Shop) -> None:
    ensure_rejected(paid, {**paid.receiver.forms[0], "refund_fee": "1.00"}, "signature")


@pytest.mark.parametrize("sign", ["", "A", "====", "版", "QUJD"])
def test_signature_that_is_none_is_rejected(paid: Shop, sign: str) -> None:
    ensure_rejected(paid, {**paid.receiver.forms[0], "sign": sign}, "signature")


def test_missing_signature_is_rejected(paid: Shop) -> None:
    form = dict(paid.receiver.forms[0])
    del form["sign"]
    ensure_rejected(paid, form, "signature")
    ensure_rejected(paid, {**paid.receiver.forms[0], "sign_type": "RSA"}, "sign_type")
    ensure_rejected(paid, {}, "sign_type")


def test_notice_signed_with_another_key_is_rejected(shop: Shop) -> None:
    shop.fault("notice", "forged")
    shop.charge()
    shop.wait_for_notices()
    ensure_rejected(shop, shop.receiver.forms[0], "signature")


def test_notice_of_another_app_or_seller_is_rejected(paid: Shop) -> None:
    ensure_rejected(paid, sign_again(paid, app_id="2021000000000000"), "app_id")
    ensure_rejected(paid, sign_again(paid, seller_id="2088000000000000"), "seller_id")
    ensure_rejected(paid, sign_again(paid, notify_type="open_app_auth_notify"), "unknown kind")


def test_old_notice_is_rejected_and_a_late_one_is_read(paid: Shop) -> None:
    form = paid.receiver.forms[0]
    assert paid.pay.parse_notice(form, now=datetime.now(UTC) + timedelta(hours=26))
    for days in (-1, 4):
        with pytest.raises(NoticeRejectedError):
            paid.pay.parse_notice(form, now=datetime.now(UTC) + timedelta(days=days))
    ensure_rejected(paid, sign_again(paid, notify_time="yesterday"), "notify_time")


def test_oversized_notice_is_rejected_before_its_signature_is_checked(paid: Shop) -> None:
    ensure_rejected(paid, {**paid.receiver.forms[0], "body": "x" * 70_000}, "too large")
    ensure_rejected(
        paid, {**paid.receiver.forms[0], **{f"f{index}": "" for index in range(101)}}, "too large"
    )


def test_charset_of_the_signature_is_that_of_the_notice(paid: Shop) -> None:
    form = sign_again(paid, charset="gbk", subject="旗舰店")
    ensure_rejected(paid, form, "signature")  # signed over UTF-8
    assert parse(paid, sign_again(paid, charset="UTF-8", subject="旗舰版 — it's")).outcome == "succeeded"
    ensure_rejected(paid, sign_again(paid, charset="utf-7"), "charset")
    ensure_rejected(paid, sign_again(paid, charset="gbk", subject="😀"), "charset")
    ensure_rejected(paid, {**paid.receiver.forms[0], "subject": "\ud800"}, "charset")


@pytest.mark.parametrize(
    "changes",
    [
        {"trade_status": "TRADE_PENDING"},
        {"total_amount": "abc"},
        {"total_amount": "1e3"},
        {"refund_fee": "abc", "out_biz_no": "r1"},
    ],
)
def test_signed_notice_with_unknown_values_is_rejected(paid: Shop, changes: dict[str, str]) -> None:
    with pytest.raises(NoticeRejectedError, match="unreadable"):
        parse(paid, sign_again(paid, **changes))


def test_notice_of_another_size_shows_that_amount(shop: Shop) -> None:
    shop.fault("notice", "wrong_amount")
    shop.charge()
    shop.wait_for_notices()
    assert shop.parse().amount_fen == 1_281


def test_notice_is_repeated_until_the_answer_is_success(shop: Shop) -> None:
    shop.sandbox.state.payment_notices.retry_gaps_s = (0.0, 0.0, 0.0)
    shop.receiver.answers[:] = ["failure", "success!", "success"]
    shop.charge()
    shop.wait_for_notices()
    assert len(shop.receiver.forms) == 3
    assert len({form["notify_id"] for form in shop.receiver.forms}) == 1
