"""Key rotation: every encrypted value is written anew under the newest key, beside the running doors.

It goes in portions, and what is done shows in the values themselves: a rotation that was cut short
is simply started again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from store import wings
from store.company.tenants import Tenant, registry
from store.kernel import secrets
from store.kernel.fields import Encrypted

PORTION = 200


@dataclass(frozen=True)
class Portion:
    """What one step did to a column: rows written anew, and the ids of those that no known key can read."""

    column: str
    done: int
    unreadable: tuple[int, ...]


def columns_of(models: list[type[peewee.Model]]) -> list[Encrypted]:
    """The encrypted columns of some tables."""
    return [field for model in models for field in model._meta.sorted_fields if isinstance(field, Encrypted)]


def count_company() -> Counter[str]:
    """How many values of the company in force each key holds, by key id."""
    return _counts(columns_of(wings.tables()))


def count_registry() -> Counter[str]:
    """The same of the registry."""
    with registry.connection_context():
        return _counts(columns_of([Tenant]))


def rotate_company() -> Iterator[Portion]:
    """Bring the company in force under the newest key, portion by portion."""
    for column in columns_of(wings.tables()):
        yield from _rotate(column)


def rotate_registry() -> Iterator[Portion]:
    """Bring the registry under the newest key."""
    with registry.connection_context():
        for column in columns_of([Tenant]):
            yield from _rotate(column)


def _counts(columns: list[Encrypted]) -> Counter[str]:
    found: Counter[str] = Counter()
    for column in columns:
        # Grouped by the name: PostgreSQL takes an expression with parameters, written twice, for two.
        key_id = _key_id(column).alias("key_id")
        held = column.model.select(key_id, fn.COUNT(column)).where(column.is_null(False))
        found.update(dict(held.group_by(peewee.SQL("key_id")).tuples()))
    return found


def _rotate(column: Encrypted) -> Iterator[Portion]:
    """Step through a column by row ids, so that a value which cannot be read holds nothing up."""
    last_id = 0
    while rows := _under_older_keys(column, after_id=last_id):
        yield _written_anew(column, rows)
        last_id = rows[-1][0]


def _under_older_keys(column: Encrypted, *, after_id: int) -> list[tuple[int, str]]:
    model: Any = column.model
    old = column.is_null(False) & (_key_id(column) != secrets.current_key_id())
    query = model.select(model.id, fn.SUBSTR(column, 1).coerce(False)).where(old & (model.id > after_id))
    return list(query.order_by(model.id).limit(PORTION).tuples())


def _written_anew(column: Encrypted, rows: list[tuple[int, str]]) -> Portion:
    """One portion in one transaction; a value that was changed since it was read keeps its change."""
    model: Any = column.model
    done, unreadable = 0, []
    with model._meta.database.atomic():
        for row_id, stored in rows:
            try:
                text = secrets.decrypt(stored, context=column.context)
            except secrets.UnreadableSecret:
                unreadable.append(row_id)
                continue
            same = (model.id == row_id) & (column == peewee.Value(stored, converter=False))
            done += model.update({column: text}).where(same).execute()
    return Portion(column=column.context, done=done, unreadable=tuple(unreadable))


def _key_id(column: Encrypted) -> Any:
    """The part of a stored value that names its key."""
    if isinstance(column.model._meta.database.obj, peewee.PostgresqlDatabase):
        return fn.SPLIT_PART(column, ".", 1).coerce(False)
    return fn.SUBSTR(column, 1, fn.INSTR(column, ".") - 1).coerce(False)
