"""Settlement (入账): the only way in which an attempt succeeds, from evidence that is compared field by field."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from store.core import clock, errors, events
from store.core.database import db
from store.payments import attempts, kinds, merchants, payables, refunds, states
from store.payments.attempts import LIVE, PaymentAttempt
from store.payments.states import EvidenceRejected, Outcome, Source

Effect = Literal["paid", "part_paid", "surplus", "failed", "closed", "unchanged"]


@dataclass(frozen=True)
class Evidence:
    """What says that an attempt was paid or not.

    `merchant_id` is the id of the merchant's row, `merchant_number` the platform's number of it. A notice of a
    payment has to carry everything. A query or an answer may leave out what the platform does not give, because it
    came over the merchant's own connection.
    """

    source: Source
    attempt_number: str
    outcome: Outcome
    merchant_id: int | None = None
    platform_number: str = ""
    amount_fen: int | None = None
    payer_fen: int | None = None
    currency: str = "CNY"
    app_id: str = ""
    merchant_number: str = ""
    paid_at: datetime | None = None
    payer_id: str = ""
    union_id: str = ""
    notice_id: str = ""
    message: str = ""


@dataclass(frozen=True)
class Settlement:
    """What evidence changed: `surplus_fen` of the money is refunded by itself."""

    attempt: PaymentAttempt
    effect: Effect
    surplus_fen: int = 0


@db.transactional
def settle(evidence: Evidence) -> Settlement:
    """Settle an attempt by evidence. Idempotent: evidence that is repeated changes nothing.

    What is due is taken by the payable in the same transaction, the rest is a surplus that refunds itself. Raises
    EvidenceRejected where a field differs from the attempt; then nothing is changed.
    """
    if evidence.outcome not in states.OUTCOMES or evidence.source not in states.SOURCES:
        raise errors.invalid("outcome", "不认识的支付结果")
    try:
        row = attempts.lock(evidence.attempt_number)
    except errors.DomainError as error:
        if error.code != "not_found":
            raise
        raise EvidenceRejected(evidence.attempt_number, ["number"]) from None
    differing = _differing_fields(row, evidence)
    is_other_amount = differing == ["amount_fen"] and evidence.source in ("query", "bill")
    if differing and not is_other_amount:
        raise EvidenceRejected(row.number, differing)
    state = states.next_attempt_state(
        row.state, outcome=evidence.outcome, source=evidence.source, reversal=row.reversal,
        closing=row.closing, is_pay_code=kinds.can_be_reversed(row.kind),
    )  # fmt: skip
    if state == "succeeded" and row.state != "succeeded":
        return _succeed(row, evidence, is_other_amount=is_other_amount)
    return _record_other_outcome(row, evidence, state)


@db.transactional
def record_rejection(*, evidence: Evidence, rejection: EvidenceRejected) -> None:
    """Record that evidence was rejected, and have the attempt queried. Called after the refused transaction."""
    row = PaymentAttempt.find(number=evidence.attempt_number)
    events.record(
        "payments.evidence_rejected", shop_id=row.shop_id if row else None, number=row.number if row else None,
        fields=rejection.details["fields"], source=evidence.source,
    )  # fmt: skip
    if row is not None and row.state in LIVE:
        row = attempts.lock(row.number)
        if row.state in LIVE and evidence.source == "query":
            # By the schedule: the query of the same difference at once would be repeated every second.
            row.update_fields(**attempts.query_times(row, clock.now()))
        elif row.state in LIVE:
            row.update_fields(next_query_at=clock.now())


def _differing_fields(row: PaymentAttempt, evidence: Evidence) -> list[str]:
    """Return the fields of the evidence that differ from the attempt."""
    if evidence.source == "cashier":
        given: dict[str, Any] = {"merchant_id": evidence.merchant_id, "amount_fen": evidence.amount_fen}
        kept: dict[str, Any] = {"merchant_id": None, "amount_fen": row.amount_fen}
        return [name for name in given if given[name] != kept[name]] + ["source"] * (
            row.merchant_id is not None
        )
    if row.merchant_id is None:
        return ["source"]
    given = {
        "merchant_id": evidence.merchant_id, "app_id": evidence.app_id,
        "merchant_number": evidence.merchant_number, "currency": evidence.currency,
        "amount_fen": evidence.amount_fen,
    }  # fmt: skip
    kept = {
        "merchant_id": row.merchant_id, "app_id": row.app_id, "merchant_number": merchants.get_number(row.merchant_id),
        "currency": "CNY", "amount_fen": row.amount_fen,
    }  # fmt: skip
    # The row of the merchant is ours and always known. A notice of a success has to carry everything.
    is_partial = evidence.source != "notice" or evidence.outcome != "succeeded"
    optional = {"app_id", "merchant_number", "currency"} if is_partial else set()
    if evidence.outcome != "succeeded":
        optional.add("amount_fen")
    differing = [
        name for name, value in given.items()
        if value != kept[name] and not (name in optional and value in ("", None))
    ]  # fmt: skip
    other_payment = row.state == "succeeded" and evidence.outcome == "succeeded" and evidence.platform_number
    if other_payment and evidence.platform_number != row.platform_number:
        differing.append("platform_number")
    if evidence.outcome == "succeeded" and not evidence.platform_number:
        differing.append("platform_number")
    return differing


def _succeed(row: PaymentAttempt, evidence: Evidence, *, is_other_amount: bool) -> Settlement:
    """Write the success, let the payable take the money and refund what it does not take."""
    assert evidence.amount_fen is not None
    functions = payables.get_functions(row.payable_kind)
    arrived: dict[str, Any] = {
        "state": "succeeded", "paid_fen": evidence.amount_fen, "platform_number": evidence.platform_number[:64],
        "paid_at": evidence.paid_at or clock.now(), "payer_id": evidence.payer_id or row.payer_id,
        "union_id": evidence.union_id, "closing": False, "next_query_at": None, "message": "",
    }  # fmt: skip
    row.set_columns(arrived)  # for `take`; one statement writes them below, with what it took
    taken_fen = 0 if is_other_amount else functions.take(row.payable_number, row)
    assert 0 <= taken_fen <= row.paid_fen, f"{taken_fen} of {row.paid_fen} fen taken"
    surplus_fen = row.paid_fen - taken_fen
    row.update_fields(**arrived, taken_fen=taken_fen, surplus_fen=surplus_fen)
    attempts.record_event("payments.succeeded", row)
    if surplus_fen:
        _refund_surplus(row)
    if not taken_fen:
        return Settlement(row, "surplus", surplus_fen)
    rest_fen = functions.due_fen(row.payable_number)
    return Settlement(row, "part_paid" if rest_fen else "paid", surplus_fen)


def _refund_surplus(row: PaymentAttempt) -> None:
    """Ask for the refund of the surplus. Money at the till is handed back at once, so it is not recorded at all."""
    if row.merchant_id is None:
        raise errors.DomainError("nothing_due", "该单没有这么多待付金额，请把钱退给顾客", 409)
    refunds.ask(
        number=surplus_number(row), attempt_number=row.number, amount_fen=row.surplus_fen,
        reason="多收款项退回", purpose="surplus",
    )  # fmt: skip
    attempts.record_event("payments.surplus", row, refund_number=surplus_number(row))


def surplus_number(row: PaymentAttempt) -> str:
    """Return the number of the refund of an attempt's surplus. Always the same for one attempt."""
    return f"s{row.number}"


def _record_other_outcome(row: PaymentAttempt, evidence: Evidence, state: str) -> Settlement:
    """Write a state that is no success, and the time of the query that said so."""
    changes: dict[str, Any] = {}
    if evidence.source == "query" and row.state in LIVE:
        changes |= attempts.query_times(row, clock.now())
    if state != row.state:
        changes |= {"state": state, "message": evidence.message[:200]}
    if state in ("failed", "closed") and row.state in LIVE:
        changes |= {"closing": False, "next_query_at": None}
        changes |= {"reversal": "done"} if row.reversal == "asked" else {}
    if not changes:
        return Settlement(row, "unchanged")
    was = row.state
    row.update_fields(**changes)
    if state in ("failed", "closed") and state != was:
        attempts.record_event(f"payments.{state}", row)
        return Settlement(row, "failed" if state == "failed" else "closed")
    return Settlement(row, "unchanged")


def evidence_of_cashier(row: PaymentAttempt, *, reference: str = "") -> Evidence:
    """Return the evidence of a cashier who took the money of an attempt."""
    base = Evidence(source="cashier", attempt_number=row.number, outcome="succeeded")
    return replace(base, amount_fen=row.amount_fen, platform_number=reference, paid_at=clock.now())
