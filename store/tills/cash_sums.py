"""The cash of a shift, summed from payments and refunds at its terminal."""

from typing import Any

from peewee import fn

from store.core import clock
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund
from store.tills.shifts import CashSums, Shift


def sum_cash(shift: Shift) -> CashSums:
    """Return what the terminal of a shift took and handed back in cash since the shift began."""
    until = shift.closed_at or clock.now()
    took = (
        (PaymentAttempt.terminal_id == shift.terminal_id)
        & (PaymentAttempt.kind == "cash")
        & (PaymentAttempt.state == "succeeded")
        & PaymentAttempt.created_at.between(shift.opened_at, until)
    )
    gave = (
        (Refund.terminal_id == shift.terminal_id)
        & (Refund.method == "cash")
        & (Refund.state == "succeeded")
        & Refund.asked_at.between(shift.opened_at, until)
    )
    total = fn.COALESCE(fn.SUM(PaymentAttempt.paid_fen), 0)
    rows: Any = PaymentAttempt.select(PaymentAttempt.payable_kind, total).where(took)
    by_kind = dict(rows.group_by(PaymentAttempt.payable_kind).tuples())
    refunded = Refund.select(fn.COALESCE(fn.SUM(Refund.amount_fen), 0)).where(gave).scalar()
    return CashSums(int(by_kind.get("order", 0)), int(by_kind.get("top_up", 0)), int(refunded))
