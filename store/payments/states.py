"""States of attempts and refunds, and the pure decisions over them."""

from typing import Literal

from store.core import errors

ATTEMPT_TRANSITIONS = {
    "created": {"pending", "unknown", "succeeded", "failed", "closed"},
    "pending": {"unknown", "succeeded", "failed", "closed"},
    "unknown": {"pending", "succeeded", "failed", "closed"},
    "failed": {"succeeded"},  # money that arrives after all is a fact
    "closed": {"succeeded"},
    "succeeded": set(),
}
LIVE_ATTEMPTS = ("created", "pending", "unknown")
REFUND_TRANSITIONS = {
    "asked": {"sent", "succeeded", "failed", "abnormal"},
    "sent": {"asked", "succeeded", "failed", "abnormal"},  # asked again: the platform has never seen it
    "abnormal": {"succeeded", "failed", "asked"},  # decided by the platform after all, or by a person
    "failed": set(),
    "succeeded": set(),
}
LIVE_REFUNDS = ("asked", "sent", "succeeded", "abnormal")  # each keeps its part of the attempt's money

Source = Literal["notice", "query", "answer", "bill", "cashier"]
Outcome = Literal["succeeded", "pending", "failed", "closed", "not_found", "unknown"]
RefundOutcome = Literal["succeeded", "processing", "failed", "abnormal", "not_found", "not_enough", "unknown"]
OUTCOMES = ("succeeded", "pending", "failed", "closed", "not_found", "unknown")
SOURCES = ("notice", "query", "answer", "bill", "cashier")
_REFUND_STATES = {
    "succeeded": "succeeded",
    "processing": "sent",
    "failed": "failed",
    "abnormal": "abnormal",
    "not_found": "asked",
    "not_enough": "asked",
}


def next_attempt_state(
    state: str, *, outcome: str, source: str, reversal: str = "", closing: bool = False, is_pay_code: bool = False
) -> str:  # fmt: skip
    """Return the state of an attempt after an outcome, the same state where nothing changes.

    While a reversal is on its way, and after it, only a query shows whether the money is there: a notice may have
    been sent before the platform gave the money back.
    """
    if outcome == "succeeded" and reversal and (reversal == "asked" or source != "query"):
        return state
    if outcome == "not_found":
        # A pay code's charge may still be on its way, so that only a reversal ends it.
        outcome = "closed" if closing and not is_pay_code else state
    return outcome if outcome in ATTEMPT_TRANSITIONS[state] else state


def next_refund_state(state: str, outcome: str) -> str:
    """Return the state of a refund after an outcome, the same state where nothing changes."""
    wanted = _REFUND_STATES.get(outcome, state)
    if state == "abnormal" and wanted == "asked":  # only a person sends it again
        return state
    return wanted if wanted in REFUND_TRANSITIONS[state] else state


class EvidenceRejected(errors.DomainError):
    """Evidence that differs from our row: nothing is changed. `details` name the fields, not their values."""

    def __init__(self, number: str, fields: list[str]) -> None:
        message = "支付平台的信息与我方记录不一致"
        super().__init__("evidence_rejected", message, 422, number=number, fields=sorted(fields))
