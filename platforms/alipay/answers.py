"""Payments and refunds of Alipay as answers. Responses and notices have almost the same fields."""

import re
from collections.abc import Mapping
from typing import Any

from platforms.alipay.amounts import parse_beijing_text, parse_yuan
from platforms.alipay.credentials import AlipayCredentials
from platforms.payment_answers import PaymentAnswer, PaymentOutcome, RefundAnswer, RefundOutcome

# TRADE_CLOSED is an unpaid trade that ended, or a paid one that was refunded in full. TRADE_FINISHED is a paid one
# whose time for refunds is over.
PAYMENT_OUTCOMES: Mapping[str, PaymentOutcome] = {
    "WAIT_BUYER_PAY": "pending",
    "TRADE_SUCCESS": "succeeded",
    "TRADE_FINISHED": "succeeded",
    "TRADE_CLOSED": "closed",
}
# Without a state the refund did not arrive or did not succeed, so it is repeated under the same number.
REFUND_OUTCOMES: Mapping[str, RefundOutcome] = {
    "REFUND_SUCCESS": "succeeded",
    "REFUND_PROCESSING": "processing",
    "REFUND_FAIL": "failed",
}
PAYER_NAMES = ("buyer_user_id", "buyer_id", "buyer_open_id", "open_id")
_TRADE_NO = re.compile(r"[0-9A-Za-z]{1,64}")
TIME_NAMES = ("gmt_payment", "send_pay_date")


class UnreadableAnswerError(Exception):
    """An object without the fields that an answer needs."""


def parse_payment(
    credentials: AlipayCredentials, value: Mapping[str, Any], *, state: str, notice_id: str = ""
) -> PaymentAnswer:
    """Return the answer of a trade in this state. Raises UnreadableAnswerError.

    Responses do not name app and seller: they are those of the credentials, whose key verified the response.
    """
    outcome = PAYMENT_OUTCOMES.get(state)
    if outcome is None:
        raise UnreadableAnswerError("trade_status")
    has_succeeded = outcome == "succeeded"
    if has_succeeded and not (value.get("total_amount") and _TRADE_NO.fullmatch(_text(value, "trade_no"))):
        raise UnreadableAnswerError("total_amount or trade_no")
    return PaymentAnswer(
        number=_require_text(value, "out_trade_no"),
        outcome=outcome,
        platform_number=_text(value, "trade_no"),
        amount_fen=_find_fen(value, "total_amount"),
        payer_fen=_find_fen(value, "buyer_pay_amount"),
        currency=_text(value, "trans_currency") or "CNY",
        app_id=credentials.app_id,
        merchant_id=credentials.seller_id,
        paid_at=parse_beijing_text(_first_text(value, TIME_NAMES)) if has_succeeded else None,
        payer_id=_first_text(value, PAYER_NAMES),
        reason=state,
        notice_id=notice_id,
    )


def parse_refund(credentials: AlipayCredentials, value: Mapping[str, Any]) -> RefundAnswer | None:
    """Return the answer to a query of a refund, or None if it says that there is no such refund.

    Raises UnreadableAnswerError.
    """
    state = _text(value, "refund_status")
    if not state:
        return None
    outcome = REFUND_OUTCOMES.get(state)
    if outcome is None:
        raise UnreadableAnswerError("refund_status")
    return RefundAnswer(
        number=_require_text(value, "out_request_no"),
        payment_number=_require_text(value, "out_trade_no"),
        outcome=outcome,
        platform_number=_text(value, "trade_no"),
        amount_fen=_find_fen(value, "refund_amount"),
        merchant_id=credentials.seller_id,
        reason=state,
    )


def parse_refund_notice(
    credentials: AlipayCredentials, value: Mapping[str, Any], *, notice_id: str
) -> RefundAnswer:
    """Return the answer of a notice about a refund. Raises UnreadableAnswerError.

    It has no amount: `refund_fee` of a notice is the sum of all refunds of the payment.
    """
    if _find_fen(value, "refund_fee") is None:
        raise UnreadableAnswerError("refund_fee")
    return RefundAnswer(
        number=_require_text(value, "out_biz_no"),
        payment_number=_require_text(value, "out_trade_no"),
        outcome="succeeded",
        platform_number=_text(value, "trade_no"),
        merchant_id=credentials.seller_id,
        reason=_text(value, "trade_status"),
        notice_id=notice_id,
    )


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    return text[:512] if isinstance(text, str) else ""


def _first_text(value: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((_text(value, name) for name in names if _text(value, name)), "")


def _require_text(value: Mapping[str, Any], name: str) -> str:
    text = _text(value, name)
    if not text:
        raise UnreadableAnswerError(name)
    return text


def _find_fen(value: Mapping[str, Any], name: str) -> int | None:
    if not value.get(name):
        return None
    fen = parse_yuan(value[name])
    if fen is None:
        raise UnreadableAnswerError(name)
    return fen
