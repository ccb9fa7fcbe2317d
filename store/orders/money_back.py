"""Money back (退款): over the platform it came by, or handed back at the till."""

from dataclasses import dataclass

from store.payments import attempts, cash, refunds
from store.payments.attempts import PaymentAttempt


@dataclass(frozen=True)
class Way:
    """How money goes back: `by_cash` instead of over the platform, and the reference of the card terminal."""

    reason: str
    by_cash: bool = False
    card_reference: str = ""
    terminal_id: int | None = None
    cashier_id: int | None = None


def choose_method(attempt: PaymentAttempt, *, by_cash: bool, card_reference: str) -> str:
    """Return how money of an attempt goes back, a key of `refunds.METHODS`. Cash and bank cards have no platform."""
    if by_cash:
        return "cash"
    if attempt.merchant_id is not None:
        return "original"
    return "bank_card" if attempt.kind == "bank_card" and card_reference else "cash"


def give(*, number: str, attempt_number: str, amount_fen: int, way: Way) -> None:
    """Give money of an attempt back. Idempotent by `number`. Requires the order's lock."""
    attempt = attempts.get(attempt_number)
    method = choose_method(attempt, by_cash=way.by_cash, card_reference=way.card_reference)
    if method == "original":
        refunds.ask(number=number, attempt_number=attempt_number, amount_fen=amount_fen, reason=way.reason)
        return
    cash.hand_back(
        number=number, attempt_number=attempt_number, amount_fen=amount_fen, reason=way.reason,
        method=method, reference=way.card_reference if method == "bank_card" else "",
        terminal_id=way.terminal_id, cashier_id=way.cashier_id,
    )  # fmt: skip
