"""Merchant transfers of API v3 as answers. Responses and notices have the same fields."""

from collections.abc import Mapping
from typing import Any

from platforms.payment_answers import PayoutAnswer, PayoutOutcome
from platforms.wechat_pay.answers import MAX_FEN, UnreadableAnswerError

OUTCOMES: Mapping[str, PayoutOutcome] = {
    "ACCEPTED": "processing",
    "PROCESSING": "processing",
    "WAIT_USER_CONFIRM": "waiting",
    "TRANSFERING": "processing",
    "SUCCESS": "received",
    "FAIL": "failed",
    "CANCELING": "processing",
    "CANCELLED": "returned",
}
OVERDUE = "OVERDUE_CLOSE"  # it was not confirmed in time


def parse(value: Mapping[str, Any], *, merchant_id: str, notice_id: str = "") -> PayoutAnswer:
    """Return the answer of a transfer. Raises UnreadableAnswerError."""
    state, reason = str(value.get("state") or ""), str(value.get("fail_reason") or "")
    outcome = OUTCOMES.get(state)
    number = value.get("out_bill_no")
    if outcome is None or not isinstance(number, str) or not number:
        raise UnreadableAnswerError("state" if outcome is None else "out_bill_no")
    amount_fen = value.get("transfer_amount")
    if amount_fen is not None and (type(amount_fen) is not int or not 0 < amount_fen <= MAX_FEN):
        raise UnreadableAnswerError("transfer_amount")
    return PayoutAnswer(
        number,
        "returned" if outcome == "failed" and reason == OVERDUE else outcome,
        platform_number=str(value.get("transfer_bill_no") or "")[:64],
        amount_fen=amount_fen,
        merchant_id=str(value.get("mch_id") or merchant_id),
        package=str(value.get("package_info") or "")[:2_000],
        reason=reason.upper().replace("_", "")[:40],
        notice_id=notice_id,
    )
