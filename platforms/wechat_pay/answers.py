"""Payments and refunds of API v3 as answers. Responses and notices have the same objects."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from platforms.errors import OutcomeUnknownError
from platforms.payment_answers import PaymentAnswer, PaymentOutcome, RefundAnswer, RefundOutcome
from platforms.wechat_pay.transport import PLATFORM

# REFUND is a payment of which something was refunded later, REVOKED one that a reversal ended.
PAYMENT_OUTCOMES: Mapping[str, PaymentOutcome] = {
    "SUCCESS": "succeeded",
    "REFUND": "succeeded",
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "ACCEPT": "pending",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "PAYERROR": "failed",
}
REFUND_OUTCOMES: Mapping[str, RefundOutcome] = {
    "SUCCESS": "succeeded",
    "PROCESSING": "processing",
    "CLOSED": "failed",
    "ABNORMAL": "abnormal",
}
MAX_FEN = 10**12


class UnreadableAnswerError(Exception):
    """An object without the fields that an answer needs."""


def parse_payment(value: Mapping[str, Any], *, notice_id: str = "") -> PaymentAnswer:
    """Return the answer of a transaction. Raises UnreadableAnswerError."""
    state = _text(value, "trade_state")
    outcome = PAYMENT_OUTCOMES.get(state)
    if outcome is None:
        raise UnreadableAnswerError("trade_state")
    amount = _object(value, "amount")
    has_succeeded = outcome == "succeeded"
    return PaymentAnswer(
        number=_require_text(value, "out_trade_no"),
        outcome=outcome,
        platform_number=_require_text(value, "transaction_id")
        if has_succeeded
        else _text(value, "transaction_id"),
        amount_fen=_require_fen(amount, "total") if has_succeeded else _find_fen(amount, "total"),
        payer_fen=_find_fen(amount, "payer_total"),
        currency=_text(amount, "currency"),  # without it a notice is not trusted, but queried
        app_id=_text(value, "appid"),
        merchant_id=_require_text(value, "mchid"),
        paid_at=_parse_time(_require_text(value, "success_time")) if has_succeeded else None,
        payer_id=_text(_object(value, "payer"), "openid"),
        reason=state,
        message=_text(value, "trade_state_desc"),
        notice_id=notice_id,
    )


def parse_refund(value: Mapping[str, Any], *, merchant_id: str, notice_id: str = "") -> RefundAnswer:
    """Return the answer of a refund. Responses name its state `status`, notices `refund_status`.

    Raises UnreadableAnswerError.
    """
    state = _text(value, "refund_status") or _text(value, "status")
    outcome = REFUND_OUTCOMES.get(state)
    if outcome is None:
        raise UnreadableAnswerError("refund_status")
    return RefundAnswer(
        number=_require_text(value, "out_refund_no"),
        payment_number=_require_text(value, "out_trade_no"),
        outcome=outcome,
        platform_number=_require_text(value, "refund_id"),
        amount_fen=_require_fen(_object(value, "amount"), "refund"),
        merchant_id=_text(value, "mchid") or merchant_id,
        reason=state,
        notice_id=notice_id,
    )


def ensure_same(name: str, expected: str, actual: str) -> None:
    """Raise OutcomeUnknownError if a response is about another payment or merchant than the request."""
    if expected != actual:
        raise OutcomeUnknownError(PLATFORM, "mismatch", f"微信支付的应答与请求不符（{name}）")


def unreadable(error: UnreadableAnswerError) -> OutcomeUnknownError:
    """Return the error for a verified response whose object cannot be read."""
    return OutcomeUnknownError(PLATFORM, "unreadable", f"微信支付的应答无法识别（{error}）")


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    return text[:512] if isinstance(text, str) else ""


def _require_text(value: Mapping[str, Any], name: str) -> str:
    text = _text(value, name)
    if not text:
        raise UnreadableAnswerError(name)
    return text


def _find_fen(amount: Mapping[str, Any], name: str) -> int | None:
    fen = amount.get(name)
    if fen is None:
        return None
    # JSON may contain 100.0 or true, which would be equal to 100 and 1 in Python.
    if type(fen) is not int or not 0 <= fen <= MAX_FEN:
        raise UnreadableAnswerError(name)
    return fen


def _require_fen(amount: Mapping[str, Any], name: str) -> int:
    fen = _find_fen(amount, name)
    if fen is None:
        raise UnreadableAnswerError(name)
    return fen


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableAnswerError("success_time") from None
    if moment.tzinfo is None:
        raise UnreadableAnswerError("success_time")
    return moment.astimezone(UTC)
