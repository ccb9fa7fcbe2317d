"""Key rotation: re-encrypt every encrypted value with the newest key while the service runs.

It runs in batches, and the values themselves show the progress, so an interrupted rotation is started again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from store import layers
from store.core import encryption
from store.core.database.fields import EncryptedField
from store.tenants.registry import Tenant, registry_database

BATCH_SIZE = 200


@dataclass(frozen=True)
class BatchResult:
    """The result of one batch of a column: the rows rewritten, and the ids that no known key can decrypt."""

    column: str
    rewritten_count: int
    unreadable: tuple[int, ...]


def encrypted_columns(models: list[type[peewee.Model]]) -> list[EncryptedField]:
    """Return the encrypted columns of some tables."""
    return [
        field for model in models for field in model._meta.sorted_fields if isinstance(field, EncryptedField)
    ]


def count_tenant() -> Counter[str]:
    """Count the encrypted values of the current tenant by key id."""
    return _count_by_key(encrypted_columns(layers.list_tables()))


def count_registry() -> Counter[str]:
    """Count the encrypted values of the registry by key id."""
    with registry_database.connection_context():
        return _count_by_key(encrypted_columns([Tenant]))


def rotate_tenant() -> Iterator[BatchResult]:
    """Re-encrypt the current tenant with the newest key, batch by batch."""
    for column in encrypted_columns(layers.list_tables()):
        yield from _rotate_column(column)


def rotate_registry() -> Iterator[BatchResult]:
    """Re-encrypt the registry with the newest key."""
    with registry_database.connection_context():
        for column in encrypted_columns([Tenant]):
            yield from _rotate_column(column)


def _count_by_key(columns: list[EncryptedField]) -> Counter[str]:
    found: Counter[str] = Counter()
    for column in columns:
        # Grouped by the name: PostgreSQL takes an expression with parameters, written twice, for two.
        key_id = _key_id_expression(column).alias("key_id")
        held = column.model.select(key_id, fn.COUNT(column)).where(column.is_null(False))
        found.update(dict(held.group_by(peewee.SQL("key_id")).tuples()))
    return found


def _rotate_column(column: EncryptedField) -> Iterator[BatchResult]:
    """Re-encrypt a column by row ids, so that a value that cannot be decrypted does not stop it."""
    last_id = 0
    while rows := _select_old_keys(column, after_id=last_id):
        yield _reencrypt(column, rows)
        last_id = rows[-1][0]


def _select_old_keys(column: EncryptedField, *, after_id: int) -> list[tuple[int, str]]:
    model: Any = column.model
    old = column.is_null(False) & (_key_id_expression(column) != encryption.current_key_id())
    query = model.select(model.id, fn.SUBSTR(column, 1).coerce(False)).where(old & (model.id > after_id))
    return list(query.order_by(model.id).limit(BATCH_SIZE).tuples())


def _reencrypt(column: EncryptedField, rows: list[tuple[int, str]]) -> BatchResult:
    """Re-encrypt one batch in one transaction; a value changed since it was read keeps its change."""
    model: Any = column.model
    done, unreadable = 0, []
    with model._meta.database.atomic():
        for row_id, stored in rows:
            try:
                text = encryption.decrypt(stored, context=column.context)
            except encryption.DecryptionError:
                unreadable.append(row_id)
                continue
            same = (model.id == row_id) & (column == peewee.Value(stored, converter=False))
            done += model.update({column: text}).where(same).execute()
    return BatchResult(column=column.context, rewritten_count=done, unreadable=tuple(unreadable))


def _key_id_expression(column: EncryptedField) -> Any:
    """Return the SQL expression of a stored value's key id."""
    if isinstance(column.model._meta.database.obj, peewee.PostgresqlDatabase):
        return fn.SPLIT_PART(column, ".", 1).coerce(False)
    return fn.SUBSTR(column, 1, fn.INSTR(column, ".") - 1).coerce(False)
