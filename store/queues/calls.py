"""Calls of a queue (叫号): the next ticket, again up to three times, then skipped; and how a ticket ends."""

from datetime import date

from store.core import clock, errors
from store.core.database import db
from store.queues import queue_types, tickets
from store.queues.queue_types import QueueType
from store.queues.tickets import LIVE, NEAR, STATE_LABELS, TRANSITIONS, QueueTicket
from store.tenants import business_days

MAX_CALLS = 3
BATCH_SIZE = 200


@db.transactional
def call_next(queue_type: QueueType, *, after: str) -> QueueTicket:
    """Call the ticket of a type that waits longest.

    `after` is the code that the caller has seen as called last, or empty: two tills that press at once call one ticket.
    Raises DomainError(changed, no_one_waits).
    """
    kind, day = queue_types.lock(queue_type.id), business_days.today()
    last = find_last_called(kind, day)
    if (last.code if last is not None else "") != after:
        raise errors.DomainError("changed", "已有其他收银台叫号，请看最新的号码", 409)
    waiting = tickets.list_waiting(kind, day, limit=1)
    if not waiting:
        raise errors.DomainError("no_one_waits", f"{kind.name}没有人在等", 409)
    return _call(waiting[0])


@db.transactional
def call_again(ticket: QueueTicket, *, calls: int) -> QueueTicket:
    """Call a ticket again, three times at most. Idempotent by `calls`, the number that the caller has seen.

    Raises DomainError(called_enough, wrong_state).
    """
    row = _lock(ticket)
    if row.calls != calls:
        return row
    _ensure_allowed(row, "called")
    if row.calls >= MAX_CALLS:
        raise errors.DomainError("called_enough", f"已叫 {MAX_CALLS} 次，可以过号", 409)
    return _call(row)


@db.transactional
def skip(ticket: QueueTicket) -> QueueTicket:
    """End a ticket that was called three times, as skipped. Idempotent.

    Raises DomainError(called_too_little, wrong_state).
    """
    row = _lock(ticket)
    if row.state == "called" and row.calls < MAX_CALLS:
        raise errors.DomainError(
            "called_too_little", f"叫满 {MAX_CALLS} 次才能过号，已叫 {row.calls} 次", 409
        )
    return _end(row, "skipped")


@db.transactional
def serve(ticket: QueueTicket) -> QueueTicket:
    """Record that the person of a called ticket has come, also of a skipped one. Idempotent.

    Raises DomainError(wrong_state).
    """
    return _end(_lock(ticket), "served")


@db.transactional
def leave(ticket: QueueTicket) -> QueueTicket:
    """Give a ticket up in the name of its customer. Idempotent. Raises DomainError(wrong_state)."""
    return _end(_lock(ticket), "left")


def expire_past() -> int:
    """End the tickets of days before today, one a transaction, and return their number."""
    late = QueueTicket.state.in_((*LIVE, "skipped")) & (QueueTicket.day < business_days.today())
    rows = list(QueueTicket.select().where(late).order_by(QueueTicket.day).limit(BATCH_SIZE))
    return sum(_expire(row) for row in rows)


@db.transactional
def _expire(ticket: QueueTicket) -> bool:
    row = _lock(ticket)
    if row.state not in (*LIVE, "skipped") or row.day >= business_days.today():
        return False
    row.update_fields(state="expired", ended_at=clock.now())
    return True


def find_last_called(queue_type: QueueType, day: date) -> QueueTicket | None:
    """Return the ticket of a type that was called last on a day, whatever became of it."""
    mine = (QueueTicket.queue_type == queue_type.id) & (QueueTicket.day == day) & (QueueTicket.calls > 0)
    return QueueTicket.select().where(mine).order_by(QueueTicket.number.desc()).first()


def list_called(shop_id: int, day: date) -> list[QueueTicket]:
    """Return the tickets of a shop that are called and have not come yet, the one called last first."""
    mine = (QueueTicket.shop == shop_id) & (QueueTicket.day == day) & (QueueTicket.state == "called")
    return list(QueueTicket.select().where(mine).order_by(QueueTicket.called_at.desc(), QueueTicket.id))


def _lock(ticket: QueueTicket) -> QueueTicket:
    """Lock the type, whose order is counted, and return the ticket as it is now."""
    queue_types.lock(ticket.queue_type_id)
    return QueueTicket.get_by_id(ticket.id)


def _call(row: QueueTicket) -> QueueTicket:
    now = clock.now()
    row.update_fields(state="called", calls=row.calls + 1, called_at=now)
    tickets.record(row, "called", calls=row.calls)
    _notify_near(row)
    return row


def _end(row: QueueTicket, state: str) -> QueueTicket:
    if row.state == state:
        return row
    _ensure_allowed(row, state)
    row.update_fields(state=state, ended_at=clock.now())
    tickets.record(row, state)
    _notify_near(row)
    return row


def _notify_near(row: QueueTicket) -> None:
    """Record an event for each ticket of the type that has come near and was not notified."""
    kind = QueueType.get_by_id(row.queue_type_id)
    for ahead, ticket in enumerate(tickets.list_waiting(kind, row.day, limit=NEAR + 1)):
        if ticket.near_at is None:
            ticket.update_fields(near_at=clock.now())
            tickets.record(ticket, "near", ahead=ahead)


def _ensure_allowed(row: QueueTicket, state: str) -> None:
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError(
            "wrong_state", f"{row.code} {STATE_LABELS[row.state]}，不能再操作", 409, state=row.state
        )
