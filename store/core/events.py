"""Events: something that happened, written in the transaction in which it happened.

The same rows are the member's behaviour timeline and the outbox: one delivery row is written for each subscriber
of the event's kind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from store.core import clock
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model


class Event(Model):
    """What happened, to whom, where, through which channel and when.

    `key` is the number under which another system reports it, such as an order number. It is unique per kind.
    """

    kind = peewee.CharField(max_length=60)
    at = UtcDateTimeField(default=clock.now)
    customer_id = peewee.BigIntegerField(null=True, index=True)
    member_id = peewee.BigIntegerField(null=True, index=True)
    shop_id = peewee.BigIntegerField(null=True)
    channel_id = peewee.BigIntegerField(null=True)
    key = peewee.CharField(max_length=160, null=True)
    properties = JsonField(default=dict)


Event.add_index(
    Event.index(Event.kind, Event.key, unique=True, name="event_key").where(peewee.SQL('"key" IS NOT NULL'))
)


class EventDelivery(Model):
    """One event on its way to one subscriber: pending → done, or dead after the last attempt.

    A person makes a dead one pending again, or discards it.
    """

    event = peewee.ForeignKeyField(Event, backref="deliveries", on_delete="CASCADE", index=False)
    subscriber = peewee.CharField(max_length=120)
    state = peewee.CharField(
        max_length=10, default="pending",
        constraints=[peewee.Check("state IN ('pending', 'done', 'dead', 'discarded')")],
    )  # fmt: skip
    due_at = UtcDateTimeField(default=clock.now)
    attempts = peewee.IntegerField(default=0)
    lease = peewee.CharField(max_length=40, null=True)
    lease_until = UtcDateTimeField(null=True)
    error = peewee.TextField(null=True)
    done_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("event", "subscriber"), True), (("state", "due_at"), False))


@dataclass(frozen=True)
class Subscriber:
    """A function that is called for each event of a kind.

    `name` is stored in the delivery rows, so it stays when the function moves or is renamed.
    `handle_many` handles several events at once, with the same result as `handle` one after the other.
    A subscriber that writes rows only runs in the transaction that marks its delivery done: exactly once.
    One with `uses_network` runs between two transactions: at least once.
    """

    name: str
    handle: Callable[[Event], None]
    handle_many: Callable[[Sequence[Event]], None] | None = None
    uses_network: bool = False


_subscribers_by_kind: Mapping[str, Sequence[Subscriber]] | None = None
_subscribers_by_name: dict[str, Subscriber] = {}
_wake: Callable[[str], None] | None = None


def subscribe(
    subscriptions: Mapping[str, Sequence[Subscriber]], wake: Callable[[str], None] | None = None
) -> None:
    """Replace the subscriptions of this process. `wake` is called with the tenant after each commit."""
    global _subscribers_by_kind, _wake
    _subscribers_by_kind = subscriptions
    _subscribers_by_name.clear()
    _subscribers_by_name.update({each.name: each for row in subscriptions.values() for each in row})
    if wake is not None:
        _wake = wake


def record(
    kind: str,
    /,
    *,
    customer_id: int | None = None,
    member_id: int | None = None,
    shop_id: int | None = None,
    channel_id: int | None = None,
    at: datetime | None = None,
    unique_key: str | None = None,
    **properties: Any,
) -> Event:
    """Write an event and its deliveries. Requires a transaction.

    `properties` are not encrypted, so they never hold personal data. `unique_key` becomes `Event.key`: of two
    transactions with one key the second fails and is repeated by `db.transactional`.
    """
    if not db.database.in_transaction():
        raise RuntimeError(f"event {kind!r} recorded outside a verb")
    event = Event.create(
        kind=kind,
        at=at or clock.now(),
        customer_id=customer_id,
        member_id=member_id,
        shop_id=shop_id,
        channel_id=channel_id,
        key=unique_key,
        properties=properties,
    )
    _create_deliveries(kind, [event.id])
    return event


def record_many(kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many events of one kind. Each row names `customer_id`, `member_id` and its `properties`.

    Bulk work of hundreds of members writes them in a few statements.
    """
    if not db.database.in_transaction():
        raise RuntimeError(f"events {kind!r} recorded outside a verb")
    now = clock.now()
    _create_deliveries(kind, Event.create_many([{"kind": kind, "at": now, **row} for row in rows]))


def _create_deliveries(kind: str, event_ids: Sequence[int]) -> None:
    """Insert one delivery per event and subscriber, and wake the relay after the commit."""
    if _subscribers_by_kind is None:
        raise RuntimeError("no subscriptions: call events.subscribe first")
    subscribers = _subscribers_by_kind.get(kind, ())
    if not subscribers or not event_ids:
        return
    now, wake, tenant = clock.now(), _wake, db.current_tenant()
    EventDelivery.create_many(
        [
            {"event": event_id, "subscriber": each.name, "due_at": now}
            for event_id in event_ids
            for each in subscribers
        ]
    )
    if wake is not None:
        db.after_commit(lambda: wake(tenant))


def subscriber_names_by_kind() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the subscribers by the kind of event that they handle."""
    return {kind: tuple(each.name for each in row) for kind, row in (_subscribers_by_kind or {}).items()}


def find_subscriber(name: str) -> Subscriber | None:
    """Return the subscriber of a stored name, or None if a release has dropped it."""
    return _subscribers_by_name.get(name)
