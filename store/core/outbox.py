"""The transactional outbox: claim due deliveries under a lease, run them once, retry with backoff, then dead letter.

A subscriber that only writes rows runs in the transaction that marks its delivery done: exactly once. One that
uses the network runs between two transactions: at least once, with the delivery's number, so that the platform
recognises a repeat.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog

from store.core import clock, ids
from store.core.database import db
from store.core.errors import not_found
from store.core.events import Event, EventDelivery, Subscriber, find_subscriber

log = structlog.get_logger("outbox")

BATCH_SIZE = 50
LEASE_S = 30
BACKOFF_S = (5, 30, 120, 600)
MAX_ATTEMPTS = len(BACKOFF_S) + 1


class PermanentError(Exception):
    """A failure that repeats for sure: the delivery becomes a dead letter at once."""


@db.transactional
def claim(*, limit: int = BATCH_SIZE) -> list[EventDelivery]:
    """Claim up to `limit` due deliveries under a lease. A delivery that was attempted before is claimed alone.

    So a delivery that crashes its worker does not affect others. After the last attempt it becomes a dead letter.
    """
    now = clock.now()
    free = (EventDelivery.lease_until.is_null()) | (EventDelivery.lease_until < now)
    due = (
        EventDelivery.select()
        .where((EventDelivery.state == "pending") & (EventDelivery.due_at <= now) & free)
        .order_by(EventDelivery.due_at, EventDelivery.id)
        .limit(limit)
    )
    found = list(due.for_update("FOR UPDATE SKIP LOCKED") if db.is_postgresql() else due)  # type: ignore[arg-type]
    if _move_to_dead_letters([delivery.id for delivery in found if delivery.attempts >= MAX_ATTEMPTS]):
        return claim(limit=limit)
    tried = [delivery for delivery in found if delivery.attempts]
    found = tried[:1] or found
    if not found:
        return []
    lease = ids.token()[:40]
    EventDelivery.update(
        lease=lease, lease_until=now + timedelta(seconds=LEASE_S), attempts=EventDelivery.attempts + 1
    ).where(db.in_ids(EventDelivery.id, [delivery.id for delivery in found])).execute()
    for delivery in found:
        delivery.lease, delivery.attempts = lease, delivery.attempts + 1
    return found


@db.transactional
def run_in_transaction(deliveries: list[EventDelivery]) -> int:
    """Run the row-writing subscribers of one lease in this transaction and return how many were done.

    A failing delivery is rolled back to its savepoint and rescheduled. First the whole batch runs behind one
    savepoint; if anything fails, the deliveries run again one by one.
    """
    held = _lock_leased(deliveries)
    events = {event.id: event for event in Event.by_ids([delivery.event_id for delivery in held])}
    whole = len(held) > 1 and _run_batch(held, events)
    done = [delivery.id for delivery in held if whole or _run_single(delivery, events[delivery.event_id])]
    _mark_done(done)
    return len(done)


def run_outside_transaction(delivery: EventDelivery) -> bool:
    """Run a subscriber that uses the network, record the outcome and return whether it succeeded.

    Earlier deliveries of the batch may have waited for the platform, so the lease is renewed first. A delivery
    that another worker has claimed meanwhile is skipped.
    """
    if not _renew_lease(delivery):
        return False
    try:
        _get_subscriber(delivery).handle(Event.get_by_id(delivery.event_id))
    except Exception as error:  # kept and retried, as in `_run_alone`
        return _record_outcome(delivery, error)
    return _record_outcome(delivery, None)


def list_dead_letters() -> list[EventDelivery]:
    """Return the dead letters, oldest first."""
    return list(EventDelivery.select().where(EventDelivery.state == "dead").order_by(EventDelivery.id))


@db.transactional
def replay(delivery_id: int) -> EventDelivery:
    """Make a dead letter pending again with all its attempts. Idempotent."""
    delivery = lock(delivery_id)
    if delivery.state == "dead":
        delivery.state, delivery.attempts, delivery.due_at, delivery.error = "pending", 0, clock.now(), None
        delivery.save()
    return delivery


@db.transactional
def discard(delivery_id: int) -> EventDelivery:
    """Give up a dead letter: its subscriber never gets the event. The row and its error stay. Idempotent."""
    delivery = lock(delivery_id)
    if delivery.state == "dead":
        delivery.state, delivery.done_at = "discarded", clock.now()
        delivery.save()
    return delivery


def lock(delivery_id: int) -> EventDelivery:
    """Lock a delivery until the transaction ends. Raises DomainError(not_found)."""
    delivery = EventDelivery.find(id=delivery_id, lock=True)
    if delivery is None:
        raise not_found("这条投递")
    return delivery


def count_by_state() -> dict[str, int]:
    """Return the number of pending and of dead deliveries."""
    pending = EventDelivery.select().where(EventDelivery.state == "pending").count()
    return {"pending": pending, "dead": EventDelivery.select().where(EventDelivery.state == "dead").count()}


def oldest_due_at() -> datetime | None:
    """Return since when the oldest pending delivery has been due, or None."""
    waiting = EventDelivery.select(EventDelivery.due_at).where(EventDelivery.state == "pending")
    first = waiting.order_by(EventDelivery.due_at).first()
    return first.due_at if first else None


def _run_batch(deliveries: list[EventDelivery], events: dict[int, Event]) -> bool:
    """Run all deliveries behind one savepoint, those of a subscriber together, and return whether none failed.

    The log records a failure: an error in `handle_many` would otherwise only make everything slow.
    """
    try:
        with db.savepoint():
            for batch in _group_by_subscriber(deliveries):
                _handle_many(_get_subscriber(batch[0]), [events[delivery.event_id] for delivery in batch])
    except Exception as error:  # the shell of foreign reactions, as in `_run_alone`
        log.warning(
            "batch_undone",
            tenant=db.current_tenant(),
            deliveries=len(deliveries),
            reason=type(error).__name__,
        )
        return False
    return True


def _group_by_subscriber(deliveries: list[EventDelivery]) -> list[list[EventDelivery]]:
    """Return the deliveries of each subscriber in their order. An event may have several subscribers."""
    found: dict[str, list[EventDelivery]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.subscriber, []).append(delivery)
    return list(found.values())


def _run_single(delivery: EventDelivery, event: Event) -> bool:
    """Run one delivery behind its own savepoint; reschedule it if it raises."""
    try:
        with db.savepoint():
            _get_subscriber(delivery).handle(event)
    except Exception as error:
        _reschedule(delivery, error)
        return False
    return True


@db.transactional
def _renew_lease(delivery: EventDelivery) -> bool:
    mine = (
        (EventDelivery.id == delivery.id)
        & (EventDelivery.lease == delivery.lease)
        & (EventDelivery.state == "pending")
    )
    until = clock.now() + timedelta(seconds=LEASE_S)
    return EventDelivery.update(lease_until=until).where(mine).execute() == 1


@db.transactional
def _record_outcome(delivery: EventDelivery, error: Exception | None) -> bool:
    for held in _lock_leased([delivery]):
        if error is None:
            _mark_done([held.id])
        else:
            _reschedule(held, error)
    return error is None


def _lock_leased(deliveries: list[EventDelivery]) -> list[EventDelivery]:
    """Lock and return the deliveries whose lease is still ours; a worker that slept past its lease gets none."""
    wanted = {delivery.id: delivery for delivery in deliveries}
    mine = (
        (db.in_ids(EventDelivery.id, list(wanted)))
        & (EventDelivery.lease == deliveries[0].lease)
        & (EventDelivery.state == "pending")
    )
    rows: Any = db.lock(
        EventDelivery.select(EventDelivery.id).where(mine).order_by(EventDelivery.id)
    ).tuples()
    return [wanted[row_id] for (row_id,) in rows]


def _move_to_dead_letters(delivery_ids: list[int]) -> int:
    """Make dead letters of deliveries that are due after their last attempt, because no worker rescheduled them."""
    if not delivery_ids:
        return 0
    error = "the worker ended before the reaction did"
    dead = EventDelivery.update(state="dead", lease=None, lease_until=None, error=error)
    return dead.where(db.in_ids(EventDelivery.id, delivery_ids)).execute()


def _get_subscriber(delivery: EventDelivery) -> Subscriber:
    found = find_subscriber(delivery.subscriber)
    if found is None:
        raise LookupError(f"no subscriber is called {delivery.subscriber}")
    return found


def _handle_many(subscriber: Subscriber, events: list[Event]) -> None:
    if subscriber.handle_many is not None:
        subscriber.handle_many(events)
    else:
        for event in events:
            subscriber.handle(event)


def _mark_done(delivery_ids: list[int]) -> None:
    EventDelivery.update(state="done", done_at=clock.now(), lease=None, lease_until=None, error=None).where(
        db.in_ids(EventDelivery.id, delivery_ids)
    ).execute()


def _reschedule(delivery: EventDelivery, error: Exception) -> None:
    delivery.error = f"{type(error).__name__}: {error}"[:500]
    delivery.lease = delivery.lease_until = None
    if delivery.attempts >= MAX_ATTEMPTS or isinstance(error, PermanentError):
        delivery.state = "dead"
    else:
        delivery.due_at = clock.now() + timedelta(seconds=BACKOFF_S[delivery.attempts - 1])
    delivery.save()
