"""Reversals (撤销) of pay codes that are not final in time, and queries that brought no answer."""

from datetime import timedelta

from store.core import clock
from store.core.database import db
from store.payments import attempts, kinds
from store.payments.attempts import LIVE, PaymentAttempt
from store.payments.schedule import PaymentScheduleSettings
from store.tenants import settings


@db.transactional
def request_reversal(*, number: str) -> PaymentAttempt:
    """Request the reversal of a payment by pay code or by a QR code of Alipay. Idempotent.

    From now on only the reversal or a query decides. The caller calls the platform afterwards and then
    `mark_reversal`. An attempt that is final stays as it is.
    """
    row = attempts.lock(number)
    if row.state in LIVE and row.reversal == "" and kinds.can_be_reversed(row.kind):
        row.update_fields(reversal="asked", next_query_at=clock.now())
    return row


@db.transactional
def mark_reversal(
    *, number: str, is_final: bool, must_repeat: bool = False, message: str = ""
) -> PaymentAttempt:
    """Record the platform's answer to a reversal: final closes the attempt. Idempotent.

    One that must be repeated is due again soon. One that is refused for good is withdrawn, and the attempt queried.
    """
    row = attempts.lock(number)
    if row.state not in LIVE or row.reversal != "asked":
        return row
    now, rules = clock.now(), settings.read(PaymentScheduleSettings)
    repeat = timedelta(seconds=rules.repeat_reversal_every_s)
    if is_final:
        row.update_fields(
            state="closed", reversal="done", closing=False, next_query_at=None, message=message[:200]
        )
        attempts.record_event("payments.closed", row, reason="reversed")
    elif must_repeat:
        row.update_fields(next_query_at=now + repeat)
    else:
        # Without the time of the last query the next step is a query, not the same reversal again. The delay
        # prevents a reversal that is always refused from being sent every second.
        row.update_fields(reversal="", queried_at=None, next_query_at=now + repeat)
    return row


@db.transactional
def postpone_query(*, number: str) -> PaymentAttempt:
    """Set when an attempt is queried again, after a query that brought no answer."""
    row = attempts.lock(number)
    if row.state in LIVE:
        row.update_fields(**attempts.query_times(row, clock.now()))
    return row
