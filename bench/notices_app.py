"""The application of the benchmark `notices`, with a payable that takes all money and writes nothing."""

from app import server
from store.payments import payables

AMOUNT_FEN = 1_280
FUNCTIONS = payables.PayableFunctions(
    due_fen=lambda number: AMOUNT_FEN, take=lambda number, attempt: attempt.paid_fen, lock=lambda number: None
)
payables.install({"bench": FUNCTIONS})

__all__ = ["server"]
