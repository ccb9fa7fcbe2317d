"""An event: something that happened, written in the transaction in which it happened.

The same row is the member's behaviour timeline and the start of everything that follows:
for each reaction to its kind a delivery row is written beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import peewee

from store.kernel import clock, db
from store.kernel.fields import Json, Moment
from store.kernel.records import Record

Reaction = Callable[["Event"], None]


class Event(Record):
    """What happened, to whom, where, through which channel and when."""

    kind = peewee.CharField(max_length=60)
    at = Moment(default=clock.now)
    customer_id = peewee.BigIntegerField(null=True, index=True)
    member_id = peewee.BigIntegerField(null=True)
    shop_id = peewee.BigIntegerField(null=True)
    channel_id = peewee.BigIntegerField(null=True)
    properties = Json(default=dict)


class Delivery(Record):
    """One event on its way to one reaction: pending → done, or dead after too many tries."""

    event = peewee.ForeignKeyField(Event, backref="deliveries", on_delete="CASCADE", index=False)
    reaction = peewee.CharField(max_length=120)
    state = peewee.CharField(
        max_length=10, default="pending", constraints=[peewee.Check("state IN ('pending', 'done', 'dead')")]
    )
    due_at = Moment(default=clock.now)
    tries = peewee.IntegerField(default=0)
    lease = peewee.CharField(max_length=40, null=True)
    lease_until = Moment(null=True)
    error = peewee.TextField(null=True)
    done_at = Moment(null=True)

    class Meta:
        indexes = ((("event", "reaction"), True), (("state", "due_at"), False))


_reactions: dict[str, tuple[str, ...]] | None = None
_named: dict[str, Reaction] = {}
_bulk: dict[Reaction, Callable[[Sequence["Event"]], None]] = {}
_wake: Callable[[str], None] | None = None


def install(table: Mapping[str, Sequence[Reaction]], wake: Callable[[str], None] | None = None) -> None:
    """Put the table of reactions in force; `wake` is called with the tenant after each commit."""
    global _reactions, _wake
    _reactions = {kind: tuple(name_of(reaction) for reaction in row) for kind, row in table.items()}
    _named.clear()
    _named.update({name_of(reaction): reaction for row in table.values() for reaction in row})
    if wake is not None:
        _wake = wake


def record(
    kind: str,
    *,
    customer_id: int | None = None,
    member_id: int | None = None,
    shop_id: int | None = None,
    channel_id: int | None = None,
    at: datetime | None = None,
    **properties: Any,
) -> Event:
    """Write an event and its deliveries; call it inside the verb's transaction.

    `properties` are kept in clear: they never hold personal data.
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
        properties=properties,
    )
    _deliver(kind, [event.id])
    return event


def record_many(kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many events of one kind; each row names `customer_id`, `member_id` and its `properties`.

    Bulk work of hundreds of members in one transaction writes them in a few statements.
    """
    if not db.database.in_transaction():
        raise RuntimeError(f"events {kind!r} recorded outside a verb")
    now = clock.now()
    _deliver(kind, Event.create_all([{"kind": kind, "at": now, **row} for row in rows]))


def _deliver(kind: str, event_ids: Sequence[int]) -> None:
    """Write the deliveries that events of a kind owe, and wake the relay once they are committed."""
    if _reactions is None:
        raise RuntimeError("no table of reactions is installed: see tasks/reactions.py")
    names = _reactions.get(kind, ())
    if not names or not event_ids:
        return
    now, wake, tenant = clock.now(), _wake, db.tenant()
    owed = [{"event": event_id, "reaction": name, "due_at": now} for event_id in event_ids for name in names]
    Delivery.create_all(owed)
    if wake is not None:
        db.after_commit(lambda: wake(tenant))


def reactions() -> Mapping[str, tuple[str, ...]]:
    """The names of the reactions in force by the kind of event that they follow."""
    return _reactions or {}


def reaction_named(name: str) -> Reaction | None:
    """The function behind a delivery's reaction name; None when a release has dropped it."""
    return _named.get(name)


def follows_many(reaction: Reaction, many: Callable[[Sequence[Event]], None]) -> None:
    """Say beside a reaction how it follows many events at once, to the same end as one after the other."""
    _bulk[reaction] = many


def follow(reaction: Reaction, some: Sequence[Event]) -> None:
    """Let a reaction follow some events, at once where it can."""
    many = _bulk.get(reaction)
    if many is not None:
        many(some)
    else:
        for event in some:
            reaction(event)


def name_of(reaction: Reaction) -> str:
    """The name under which deliveries know a reaction: module and function."""
    return f"{reaction.__module__}.{reaction.__qualname__}"
