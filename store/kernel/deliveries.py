"""Working off deliveries: claimed by lease, run once, retried with growing pauses, dead in the end.

A reaction of `store.` writes records only, so it runs in the same transaction that marks its
delivery done: exactly once. A reaction of `tasks.` talks to the outside and runs between two
transactions: at least once, and it carries the delivery's number so that a repeat can be told.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog

from store.kernel import clock, db, ids
from store.kernel.events import Delivery, Event, follow, reaction_named
from store.kernel.refusals import not_found

log = structlog.get_logger("deliveries")

BATCH = 50
LEASE_S = 30
PAUSES_S = (5, 30, 120, 600)
TRIES = len(PAUSES_S) + 1


@db.verb
def claim(*, limit: int = BATCH) -> list[Delivery]:
    """Take up to `limit` due deliveries under a lease of our own; what was tried before comes alone.

    A delivery that killed its worker is thereby retried by itself and cannot drag others along;
    when it has killed as many workers as it has tries, it is dead.
    """
    now = clock.now()
    free = (Delivery.lease_until.is_null()) | (Delivery.lease_until < now)
    due = (
        Delivery.select()
        .where((Delivery.state == "pending") & (Delivery.due_at <= now) & free)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
    )
    found = list(due.for_update("FOR UPDATE SKIP LOCKED") if db.on_postgresql() else due)  # type: ignore[arg-type]
    if _bury([delivery.id for delivery in found if delivery.tries >= TRIES]):
        return claim(limit=limit)
    tried = [delivery for delivery in found if delivery.tries]
    found = tried[:1] or found
    if not found:
        return []
    lease = ids.token()[:40]
    Delivery.update(
        lease=lease, lease_until=now + timedelta(seconds=LEASE_S), tries=Delivery.tries + 1
    ).where(Delivery.id.in_([delivery.id for delivery in found])).execute()
    for delivery in found:
        delivery.lease, delivery.tries = lease, delivery.tries + 1
    return found


@db.verb
def run_inside(deliveries: list[Delivery]) -> int:
    """Run the record-writing reactions of one lease in this transaction; returns how many were done.

    One that fails is rolled back to its savepoint and put off; the others stand. First all are tried behind
    one savepoint, many at once where their reaction can; when one fails they are run again one by one.
    """
    held = _held(deliveries)
    events = {event.id: event for event in Event.of_ids([delivery.event_id for delivery in held])}
    whole = len(held) > 1 and _run_whole(held, events)
    done = [delivery.id for delivery in held if whole or _run_alone(delivery, events[delivery.event_id])]
    _mark_done(done)
    return len(done)


def run_outside(delivery: Delivery) -> bool:
    """Run a reaction that uses the network, then record how it went; returns whether it succeeded.

    Those before it in the batch may have waited long for the platform, so its lease begins anew here;
    one that somebody else has taken over is left alone.
    """
    if not _renew(delivery):
        return False
    try:
        _reaction(delivery)(Event.get_by_id(delivery.event_id))
    except Exception as error:  # kept and retried, as in `_run_alone`
        return _settle(delivery, error)
    return _settle(delivery, None)


def dead() -> list[Delivery]:
    """The dead list, oldest first."""
    return list(Delivery.select().where(Delivery.state == "dead").order_by(Delivery.id))


@db.verb
def replay(delivery_id: int) -> Delivery:
    """Put a dead delivery back in line with all its tries; asked twice it does so once."""
    delivery = db.lock(Delivery.select().where(Delivery.id == delivery_id)).first()
    if delivery is None:
        raise not_found("这条投递")
    if delivery.state == "dead":
        delivery.state, delivery.tries, delivery.due_at, delivery.error = "pending", 0, clock.now(), None
        delivery.save()
    return delivery


def counts() -> dict[str, int]:
    """How many deliveries are pending, and how many dead."""
    pending = Delivery.select().where(Delivery.state == "pending").count()
    return {"pending": pending, "dead": Delivery.select().where(Delivery.state == "dead").count()}


def oldest_due() -> datetime | None:
    """Since when the delivery that waits longest has been due; None when none waits."""
    waiting = Delivery.select(Delivery.due_at).where(Delivery.state == "pending")
    first = waiting.order_by(Delivery.due_at).first()
    return first.due_at if first else None


def _run_whole(held: list[Delivery], events: dict[int, Event]) -> bool:
    """Run all behind one savepoint; when one fails nothing is done, and it will fail once more alone.

    The log tells it, since a mistake in how a reaction follows many would else only make everything slow.
    """
    try:
        with db.savepoint():
            for _, some in groupby(held, key=attrgetter("reaction")):
                batch = list(some)
                follow(_reaction(batch[0]), [events[delivery.event_id] for delivery in batch])
    except Exception as error:  # the shell of foreign reactions, as in `_run_alone`
        log.warning("batch_undone", tenant=db.tenant(), deliveries=len(held), reason=type(error).__name__)
        return False
    return True


def _run_alone(delivery: Delivery, event: Event) -> bool:
    """Run one reaction behind a savepoint of its own; whatever it raises is kept and retried."""
    try:
        with db.savepoint():
            _reaction(delivery)(event)
    except Exception as error:
        _put_off(delivery, error)
        return False
    return True


@db.verb
def _renew(delivery: Delivery) -> bool:
    mine = (Delivery.id == delivery.id) & (Delivery.lease == delivery.lease) & (Delivery.state == "pending")
    until = clock.now() + timedelta(seconds=LEASE_S)
    return Delivery.update(lease_until=until).where(mine).execute() == 1


@db.verb
def _settle(delivery: Delivery, error: Exception | None) -> bool:
    for held in _held([delivery]):
        if error is None:
            _mark_done([held.id])
        else:
            _put_off(held, error)
    return error is None


def _held(deliveries: list[Delivery]) -> list[Delivery]:
    """Those whose lease is still ours, locked: a worker that slept past its lease finds none."""
    wanted = {delivery.id: delivery for delivery in deliveries}
    mine = (
        (Delivery.id.in_(list(wanted)))
        & (Delivery.lease == deliveries[0].lease)
        & (Delivery.state == "pending")
    )
    rows: Any = db.lock(Delivery.select(Delivery.id).where(mine).order_by(Delivery.id)).tuples()
    return [wanted[row_id] for (row_id,) in rows]


def _bury(delivery_ids: list[int]) -> int:
    """End deliveries that are due after their last try: nobody was left to put them off."""
    if not delivery_ids:
        return 0
    error = "the worker ended before the reaction did"
    dead = Delivery.update(state="dead", lease=None, lease_until=None, error=error)
    return dead.where(Delivery.id.in_(delivery_ids)).execute()


def _reaction(delivery: Delivery) -> Callable[[Event], None]:
    found = reaction_named(delivery.reaction)
    if found is None:
        raise LookupError(f"no reaction is called {delivery.reaction}")
    return found


def _mark_done(delivery_ids: list[int]) -> None:
    Delivery.update(state="done", done_at=clock.now(), lease=None, lease_until=None, error=None).where(
        Delivery.id.in_(delivery_ids)
    ).execute()


def _put_off(delivery: Delivery, error: Exception) -> None:
    delivery.error = f"{type(error).__name__}: {error}"[:500]
    delivery.lease = delivery.lease_until = None
    if delivery.tries >= TRIES:
        delivery.state = "dead"
    else:
        delivery.due_at = clock.now() + timedelta(seconds=PAUSES_S[delivery.tries - 1])
    delivery.save()
