"""Results of sending: what came of a call, and what follows: nothing, another try, a query, or the next medium."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.core import clock
from store.core.database import db
from store.customers import customers, sms_budget
from store.customers.customers import Customer
from store.messages import messages, subscriptions
from store.messages.messages import Message

RETRY_DELAYS_S = (30, 120, 600, 3_600)
QUERY_DELAY_S = 60


@dataclass(frozen=True)
class Outcome:
    """What came of a call: state `sent`, `delivered`, `failed`, `skipped`, `perhaps_sent`, `retry` or `query`.

    `retry` means that nothing was sent, `query` that the provider has to be asked. `retry_at` overrides the delay.
    """

    state: str
    provider_number: str | None = None
    code: str = ""
    reason: str = ""
    retry_at: datetime | None = None


@db.transactional
def finish(message: Message, outcome: Outcome) -> Message:
    """Record what came of a call. Idempotent. An outcome that arrives late wins over `perhaps_sent`."""
    row = Message.find(id=message.id, lock=True)
    if row is None or row.state not in ("sending", "perhaps_sent"):
        return row or message
    if outcome.state in ("sent", "delivered", "perhaps_sent"):
        record_sent(row, outcome)
    elif row.state == "sending" and outcome.state == "query":
        _plan_query(row, outcome)
    elif row.state == "sending":
        _record_not_sent(row, outcome)
    return row


@db.transactional
def fail(message: Message, *, code: str, reason: str) -> None:
    """End a claimed message that cannot be prepared, and try the next medium. Idempotent."""
    row = Message.find(id=message.id, lock=True)
    if row is not None and row.state == "pending":
        row.update_fields(state="failed", reason_code=code[:60], reason=reason)
        messages.write_next(row)


def record_sent(row: Message, outcome: Outcome) -> None:
    """Record that a message was sent, perhaps. Requires a transaction."""
    now = clock.now()
    row.update_fields(
        state=outcome.state, provider_number=outcome.provider_number or row.provider_number, reason_code=outcome.code,
        reason=outcome.reason[:200], sent_at=row.sent_at or now,
        delivered_at=now if outcome.state == "delivered" else row.delivered_at,
    )  # fmt: skip


def _record_not_sent(row: Message, outcome: Outcome) -> None:
    """Record a rejection or a call that was not made: try again later, or end here and try the next medium."""
    _give_back(row, outcome)
    if outcome.state == "retry" and row.attempts < len(RETRY_DELAYS_S):
        due_at = outcome.retry_at or clock.now() + timedelta(seconds=RETRY_DELAYS_S[row.attempts])
        row.update_fields(
            state="pending", due_at=due_at, attempts=row.attempts + 1, reason_code=outcome.code,
            reason=outcome.reason[:200], address=row.address if messages.keeps_address(row) else None,
        )  # fmt: skip
        return
    state = "skipped" if outcome.state == "skipped" else "failed"
    row.update_fields(state=state, reason_code=outcome.code, reason=outcome.reason[:200])
    messages.write_next(row)


def _give_back(row: Message, outcome: Outcome) -> None:
    if row.medium == "sms":
        sms_budget.give_back("message")
    if row.medium == "subscribe" and row.customer_id is not None and row.channel is not None:
        owner = customers.survivor(Customer.get_by_id(row.customer_id))
        if outcome.code == "not_subscribed":
            subscriptions.end(owner, row.channel, row.platform_template)
        else:
            subscriptions.give_back(owner, row.channel, row.platform_template)


def _plan_query(row: Message, outcome: Outcome) -> None:
    row.update_fields(
        due_at=clock.now() + timedelta(seconds=QUERY_DELAY_S), reason_code=outcome.code,
        reason=outcome.reason[:200],
    )  # fmt: skip
