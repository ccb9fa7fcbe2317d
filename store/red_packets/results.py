"""What the platform says about red packets: answers, rejections, and calls without an answer."""

from datetime import datetime
from typing import Any

from store.core import clock, events
from store.core.database import db
from store.payments.states import EvidenceRejected
from store.red_packets import accounts, budget, red_packets, schedule, states
from store.red_packets.red_packets import LIVE, RedPacket

_LIMITED = ("FREQLIMIT", "FREQUENCYLIMITED", "FREQUENCYLIMITEXCEED", "RATELIMITEXCEEDED")


@db.transactional
def record_answer(
    *, number: str, outcome: states.Outcome, amount_fen: int | None = None, merchant_id: str = "",
    platform_number: str = "", package: str = "", reason: str = "", message: str = "",
) -> RedPacket:  # fmt: skip
    """Record what the platform says about a number: the answer to a call, a query or a notice. Idempotent.

    `merchant_id` is the platform's. Raises DomainError: not_found, or evidence_rejected where it differs from our row.
    """
    row = red_packets.lock(number)
    _compare(row, amount_fen, merchant_id)
    state = states.next_state(row.state, outcome)
    facts: dict[str, Any] = {
        "platform_number": (platform_number or row.platform_number)[:64], "package": package or row.package,
    }  # fmt: skip
    if state not in LIVE:
        return _finish(row, state, reason, message, facts) if state != row.state else row
    now = clock.now()
    if outcome == "not_found":  # the caller sends it again under the same number
        return row
    if state == "sent" and row.state != "sent":
        row.update_fields(
            **facts, state="sent", sent_at=now, tries=0, problem="", message="",
            next_try_at=schedule.next_query(now, now),
        )  # fmt: skip
        accounts.end_pause(row.account)
        red_packets.record_event("red_packets.sent", row)
        return row
    row.update_fields(**facts, **_next_try(row, now))
    return row


@db.transactional
def record_unknown(*, number: str, code: str = "", message: str = "") -> RedPacket:
    """Record that a call had no clear answer: the number is queried before it is sent again. Idempotent."""
    row = red_packets.lock(number)
    if row.state not in LIVE:
        return row
    facts = {} if row.state == "sent" else _explain(code, message)
    row.update_fields(**facts, **_next_try(row, clock.now()))
    return row


@db.transactional
def record_rejection(*, number: str, code: str, message: str = "") -> RedPacket:
    """Record that the platform rejected the sending: it waits for balance, for tomorrow or for staff, or has failed.

    One that is rejected for good has failed once a query does not know its number: an earlier call may have reached the
    platform. Idempotent.
    """
    row = red_packets.lock(number)
    if row.state not in LIVE:
        return row
    facts = _explain(code, message)
    now = clock.now()
    if code in states.SHORT_BALANCE:
        _pause(row, facts["message"], until=now + schedule.BALANCE_PAUSE)
        row.update_fields(**facts, next_try_at=now + schedule.BALANCE_PAUSE)
    elif code in states.TOMORROW:
        row.update_fields(**facts, next_try_at=schedule.tomorrow(now))
    elif code in _LIMITED or code in states.REJECTED_FOR_GOOD:
        row.update_fields(**facts, next_try_at=schedule.next_retry(row.tries, now))
    else:
        row.update_fields(**facts, held=True, next_try_at=None)
        red_packets.record_event("red_packets.held", row, problem=facts["problem"])
    return row


@db.transactional
def record_failure(*, number: str) -> RedPacket:
    """Record that a red packet was not sent: a query does not know the number of one that was rejected or given up.

    Idempotent.
    """
    row = red_packets.lock(number)
    return row if row.state not in LIVE else _finish(row, "failed", row.problem, row.message, {})


def _finish(row: RedPacket, state: str, reason: str, message: str, facts: dict[str, Any]) -> RedPacket:
    problem = "" if state == "received" else (reason or row.problem)[:40]
    text = "" if state == "received" else states.explain(problem, message or row.message)[:200]
    row.update_fields(
        **facts,
        state=state,
        problem=problem,
        message=text,
        held=False,
        finished_at=clock.now(),
        next_try_at=None,
    )
    budget.book(row.id, "paid" if state == "received" else "released", row.amount_fen)
    red_packets.record_event("red_packets.finished", row, problem=problem)
    return row


def _explain(code: str, message: str) -> dict[str, Any]:
    return {"problem": code[:40], "message": states.explain(code, message)[:200]}


def _next_try(row: RedPacket, now: datetime) -> dict[str, Any]:
    """Return when a live number is queried next: soon, and ever later."""
    if row.state == "sent":
        return {"next_try_at": schedule.next_query(row.sent_at, now)}
    return {"tries": row.tries + 1, "next_try_at": schedule.next_retry(row.tries, now)}


def _pause(row: RedPacket, reason: str, *, until: datetime) -> None:
    """Pause the account and report it to staff, once an hour."""
    accounts.pause(row.account, until=until, reason=reason)
    key = f"{row.account_id}:{clock.now():%Y%m%d%H}"
    known = (events.Event.kind == "red_packets.paused") & (events.Event.key == key)
    if not events.Event.select().where(known).exists():
        events.record("red_packets.paused", unique_key=key, merchant=row.account.merchant.key, reason=reason)


def _compare(row: RedPacket, amount_fen: int | None, merchant_id: str) -> None:
    differing = []
    if amount_fen is not None and amount_fen != row.amount_fen:
        differing.append("amount_fen")
    if merchant_id and merchant_id != row.account.merchant.merchant_id:
        differing.append("merchant_id")
    if differing:
        raise EvidenceRejected(row.number, differing)
