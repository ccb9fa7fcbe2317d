"""The audit log (操作日志): who did what to what, hash-chained so that a gap or a change shows."""

import hashlib
import json
from datetime import datetime
from typing import Any

import peewee

from store.core import actors, clock
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model


class AuditEntry(Model):
    """One privileged operation. `chain_hash` is SHA-256 over this row and the previous hash."""

    at = UtcDateTimeField(default=clock.now)
    actor_kind = peewee.CharField(max_length=20)
    actor = peewee.CharField(max_length=100)
    address = peewee.CharField(max_length=60, default="")
    action = peewee.CharField(max_length=60)
    subject = peewee.CharField(max_length=120)
    before = JsonField(null=True)
    after = JsonField(null=True)
    chain_hash = peewee.CharField(max_length=64, unique=True)

    class Meta:
        indexes = ((("action", "at"), False), (("subject", "at"), False))


class AuditChainHead(Model):
    """The latest chain hash: the single row that writers of the log lock."""

    chain_hash = peewee.CharField(max_length=64)


@db.transactional
def record(action: str, subject: str, *, before: Any = None, after: Any = None) -> AuditEntry:
    """Write an entry in the name of the current actor, in the transaction of the operation.

    `before` and `after` hold settings and states, never personal data or secrets.
    """
    actor = actors.current()
    head = db.lock(AuditChainHead.select()).first() or AuditChainHead.create(id=1, chain_hash="")
    row = {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor": actor.name,
        "address": actor.address,
        "action": action,
        "subject": subject,
        "before": _round_trip_json(before),
        "after": _round_trip_json(after),
    }
    chain_hash = _chain_hash(head.chain_hash, row)
    AuditChainHead.update(chain_hash=chain_hash).where(AuditChainHead.id == head.id).execute()
    return AuditEntry.create(**row, chain_hash=chain_hash)


def list_entries(*, limit: int = 100, before_id: int | None = None) -> list[AuditEntry]:
    """Return the latest entries first. `before_id` is the last id of the page before."""
    query = AuditEntry.select().order_by(AuditEntry.id.desc()).limit(limit)
    return list(query.where(AuditEntry.id < before_id) if before_id else query)


def find_broken_link() -> int | None:
    """Return the id of the first row that does not fit the chain, 0 if the end is missing, or None."""
    head = AuditChainHead.select().first()  # read first: entries that are recorded meanwhile come after it
    chain_hash, ended = "", head is None and not AuditEntry.select().exists()
    for row in AuditEntry.select().order_by(AuditEntry.id).iterator():
        if row.chain_hash != _chain_hash(chain_hash, row.__data__):
            return int(row.id)
        chain_hash = row.chain_hash
        ended = ended or (head is not None and chain_hash == head.chain_hash)
    return None if ended else 0


def _chain_hash(previous: str, row: dict[str, Any]) -> str:
    names = ("at", "actor_kind", "actor", "address", "action", "subject", "before", "after")
    parts = [_to_json_value(row[name]) for name in names]
    return hashlib.sha256(json.dumps([previous, *parts], sort_keys=True, default=str).encode()).hexdigest()


def _round_trip_json(value: Any) -> Any:
    """Return a value as its JSON column reads it, so that the hash can be recomputed (keys become text)."""
    return AuditEntry.after.python_value(AuditEntry.after.db_value(value))


def _to_json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
