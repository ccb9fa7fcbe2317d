"""The operation log (操作日志): who did what to what, chained so that a gap or a change shows."""

import hashlib
import json
from datetime import datetime
from typing import Any

import peewee

from store.kernel import actors, clock, db
from store.kernel.fields import Json, Moment
from store.kernel.records import Record


class Operation(Record):
    """One privileged act. `seal` is SHA-256 over this row and the seal before it."""

    at = Moment(default=clock.now)
    actor_kind = peewee.CharField(max_length=20)
    actor = peewee.CharField(max_length=100)
    address = peewee.CharField(max_length=60, default="")
    verb = peewee.CharField(max_length=60)
    subject = peewee.CharField(max_length=120)
    before = Json(null=True)
    after = Json(null=True)
    seal = peewee.CharField(max_length=64, unique=True)

    class Meta:
        indexes = ((("verb", "at"), False), (("subject", "at"), False))


class OperationHead(Record):
    """The latest seal: the single row that writers of the log queue for."""

    seal = peewee.CharField(max_length=64)


@db.verb
def record(verb: str, subject: str, *, before: Any = None, after: Any = None) -> Operation:
    """Write one act in the name of the actor in force, in the transaction of the act itself.

    `before` and `after` hold settings and states, never personal data or secrets.
    """
    actor = actors.current()
    head = db.lock(OperationHead.select()).first() or OperationHead.create(id=1, seal="")
    row = {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor": actor.name,
        "address": actor.address,
        "verb": verb,
        "subject": subject,
        "before": _as_read(before),
        "after": _as_read(after),
    }
    seal = _seal(head.seal, row)
    OperationHead.update(seal=seal).where(OperationHead.id == head.id).execute()
    return Operation.create(**row, seal=seal)


def listing(*, limit: int = 100, before_id: int | None = None) -> list[Operation]:
    """The latest acts first; page on with the last id seen."""
    query = Operation.select().order_by(Operation.id.desc()).limit(limit)
    return list(query.where(Operation.id < before_id) if before_id else query)


def first_break() -> int | None:
    """The id of the first row that does not fit its chain; 0 when the end is missing; None when whole."""
    head = OperationHead.select().first()  # read first: acts that are recorded meanwhile come after it
    seal, ended = "", head is None and not Operation.select().exists()
    for row in Operation.select().order_by(Operation.id).iterator():
        if row.seal != _seal(seal, row.__data__):
            return int(row.id)
        seal = row.seal
        ended = ended or (head is not None and seal == head.seal)
    return None if ended else 0


def _seal(previous: str, row: dict[str, Any]) -> str:
    names = ("at", "actor_kind", "actor", "address", "verb", "subject", "before", "after")
    parts = [_plain(row[name]) for name in names]
    return hashlib.sha256(json.dumps([previous, *parts], sort_keys=True, default=str).encode()).hexdigest()


def _as_read(value: Any) -> Any:
    """A value as its column gives it back, so that the seal can be counted again (numbers as keys become text)."""
    return Operation.after.python_value(Operation.after.db_value(value))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
