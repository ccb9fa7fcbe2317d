"""Money back (退款): over the platform it came by, or handed back at the till."""

from dataclasses import dataclass

from store.payments import attempts, cash, refunds


@dataclass(frozen=True)
class Way:
    """How money goes back: `by_cash` instead of over the platform, and the reference of the card terminal."""

    reason: str
    by_cash: bool = False
    card_reference: str = ""
    terminal_id: int | None = None
    cashier_id: int | None = None


def give(*, number: str, attempt_number: str, amount_fen: int, way: Way) -> None:
    """Give money of an attempt back. Idempotent by `number`. Requires the order's lock.

    Cash and bank cards have no platform: a cashier hands the money back.
    """
    attempt = attempts.get(attempt_number)
    if attempt.merchant_id is not None and not way.by_cash:
        refunds.ask(number=number, attempt_number=attempt_number, amount_fen=amount_fen, reason=way.reason)
        return
    by_card = attempt.kind == "bank_card" and way.card_reference and not way.by_cash
    cash.hand_back(
        number=number, attempt_number=attempt_number, amount_fen=amount_fen, reason=way.reason,
        method="bank_card" if by_card else "cash", reference=way.card_reference if by_card else "",
        terminal_id=way.terminal_id, cashier_id=way.cashier_id,
    )  # fmt: skip
