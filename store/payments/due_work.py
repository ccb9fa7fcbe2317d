"""Due work: attempts to query, close or reverse and refunds to send become events, which workers handle.

A claimed row is due again after a lease, so that a killed worker delays it and loses nothing. An event names the
end of its lease: of the events of a row only the latest is followed, also where they waited for a worker.
"""

from datetime import datetime, timedelta

from store.core import clock, events
from store.core.database import db
from store.payments import attempts, refunds
from store.payments.attempts import PaymentAttempt
from store.payments.refunds import Refund

LEASE = timedelta(seconds=20)
BATCH_SIZE = 100


def claim_due() -> int:
    """Record events for all due attempts and refunds, and return their number. Without any it writes nothing."""
    now, claimed = clock.now(), 0
    if attempts.list_due_queries(now, 1):
        claimed += claim_attempts()
    if refunds.list_due(now, 1):
        claimed += claim_refunds()
    return claimed


@db.transactional
def claim_attempts() -> int:
    """Record an event for each attempt that is due, and return their number. Idempotent within the lease."""
    now, claimed = clock.now(), 0
    for row, _ in attempts.list_due_queries(now, BATCH_SIZE):
        mine = (PaymentAttempt.id == row.id) & (PaymentAttempt.next_query_at == row.next_query_at)
        # Without the comparison two schedulers could both record the event.
        if PaymentAttempt.update(next_query_at=now + LEASE).where(mine).execute():
            events.record("payments.due", number=row.number, lease=(now + LEASE).isoformat())
            claimed += 1
    return claimed


@db.transactional
def claim_refunds() -> int:
    """Record an event for each refund that is due, and return their number. Idempotent within the lease."""
    now, claimed = clock.now(), 0
    for row in refunds.list_due(now, BATCH_SIZE):
        mine = (Refund.id == row.id) & (Refund.next_try_at == row.next_try_at)
        if Refund.update(next_try_at=now + LEASE).where(mine).execute():
            events.record("refunds.due", number=row.number, lease=(now + LEASE).isoformat())
            claimed += 1
    return claimed


def is_current(lease: str, due_at: datetime | None) -> bool:
    """Return whether the lease of an event is still the row's, so that its work has not been done since."""
    return due_at is not None and due_at == datetime.fromisoformat(lease)
