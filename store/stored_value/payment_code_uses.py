"""What became of a payment code: the payment that used it, for the phone that shows the code."""

from dataclasses import dataclass
from datetime import datetime

from store.customers.members import Member
from store.stored_value import accounts, payment_codes
from store.stored_value.payment_records import StoredValuePayment


@dataclass(frozen=True)
class PaymentCodeUse:
    """`state` is that of the payment: held until the till has committed it. `available_fen` is the balance now."""

    used_at: datetime
    state: str
    amount_fen: int
    available_fen: int


def find_latest(member: Member) -> PaymentCodeUse | None:
    """Return the latest payment by code of the member's own account, or None."""
    code = payment_codes.find_latest_used(member)
    payment = StoredValuePayment.find(key=code.payment_key) if code else None
    if code is None or payment is None:
        return None
    account = accounts.find_by_member(member)
    return PaymentCodeUse(
        used_at=code.used_at,
        state=payment.state,
        amount_fen=payment.amount_fen,
        available_fen=account.available_fen if account else 0,
    )
