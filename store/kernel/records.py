"""A record: a row of a tenant's database, with the few statements that doors run all day made cheap.

peewee builds its SQL anew for every call, which costs more than SQLite needs to run it. `create`,
`find` and `put` keep the text of their statement per table and columns; everything else is plain peewee.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Self

import peewee

from store.kernel.db import database, on_postgresql

PORTION = 100  # rows of one statement, of which each count is a text of its own to keep
_PLAIN = (peewee.CharField, peewee.IntegerField, peewee.FloatField, peewee.ForeignKeyField)


class Record(peewee.Model):
    """A row of a tenant's database."""

    id = peewee.BigAutoField()

    class Meta:
        database = database
        legacy_table_names = False

    if TYPE_CHECKING:  # peewee makes `<foreign key>_id` and the backrefs at run time

        def __getattr__(self, name: str) -> Any: ...

    @classmethod
    def create(cls, **values: Any) -> Self:
        """Insert a row with its defaults and return it."""
        row = cls(**values)
        data = row.__data__
        names = tuple(data)
        params = [_fields(cls)[name].db_value(data[name]) for name in names]
        cursor = database.execute_sql(_insert(cls, names, on_postgresql()), params)
        data["id"] = cursor.fetchone()[0] if on_postgresql() else cursor.lastrowid
        row._dirty.clear()
        return row

    @classmethod
    def create_all(cls, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert rows that name the same columns, with their defaults; returns their ids in the same order."""
        found: list[int] = []
        for start in range(0, len(rows), PORTION):
            portion = rows[start : start + PORTION]
            full = [{**cls._meta.get_default_dict(), **row} for row in portion]
            names, fields = tuple(full[0]), _fields(cls)
            params = [fields[name].db_value(row[name]) for row in full for name in names]
            cursor = database.execute_sql(_insert(cls, names, on_postgresql(), len(full)), params)
            if on_postgresql():
                found += [row_id for (row_id,) in cursor.fetchall()]
            else:  # the one writer numbers the rows of a statement one after the other
                found += range(cursor.lastrowid - len(full) + 1, cursor.lastrowid + 1)
        return found

    @classmethod
    def find(cls, *, lock: bool = False, **equal: Any) -> Self | None:
        """The row whose columns equal these values (None means null), or None.

        With `lock` it stays locked until the transaction ends. Meant for what is unique.
        """
        params = []
        for name, value in equal.items():
            if value is not None:
                params.append(_fields(cls)[name].db_value(value))
        shape = tuple((name, value is None) for name, value in equal.items())
        found = database.execute_sql(_select(cls, shape, lock, on_postgresql()), params).fetchone()
        return None if found is None else cls._of(found)

    @classmethod
    def of_ids(cls, row_ids: Sequence[int]) -> list[Self]:
        """The rows of these ids, in no order; ids of none are left out."""
        if not row_ids:
            return []
        found = database.execute_sql(_among(cls, len(row_ids), on_postgresql()), list(row_ids)).fetchall()
        return [cls._of(columns) for columns in found]

    def put(self, **values: Any) -> None:
        """Set some columns and write just these."""
        for name, value in values.items():
            setattr(self, name, value)
        data = self.__data__
        params = [_fields(type(self))[name].db_value(data[name]) for name in values]
        database.execute_sql(_update(type(self), tuple(values), on_postgresql()), [*params, data["id"]])
        self._dirty.difference_update(values)

    @classmethod
    def _of(cls, columns: tuple) -> Self:
        row = cls(__no_default__=True)
        data = row.__data__
        for (name, convert), value in zip(_readers(cls), columns, strict=True):
            data[name] = convert(value) if convert else value
        row._dirty.clear()
        return row


@cache
def _fields(model: type[Record]) -> dict[str, peewee.Field]:
    return dict(model._meta.fields)


@cache
def _readers(model: type[Record]) -> list[tuple[str, Any]]:
    """Each field and how its column is read; None where the driver's value is the value."""
    return [
        (field.name, None if isinstance(field, _PLAIN) else field.python_value)
        for field in model._meta.sorted_fields
    ]


@cache
def _insert(model: type[Record], names: tuple[str, ...], postgresql: bool, count: int = 1) -> str:
    columns = ", ".join(_column(model, name) for name in names)
    marks = ", ".join([f"({', '.join([_mark(postgresql)] * len(names))})"] * count)
    sql = f"INSERT INTO {_table(model)} ({columns}) VALUES {marks}"  # noqa: S608 - names from the models
    return f"{sql} RETURNING id" if postgresql else sql


@cache
def _select(model: type[Record], shape: tuple[tuple[str, bool], ...], lock: bool, postgresql: bool) -> str:
    columns = ", ".join(_column(model, field.name) for field in model._meta.sorted_fields)
    tests = " AND ".join(
        f"{_column(model, name)} {'IS NULL' if null else '= ' + _mark(postgresql)}" for name, null in shape
    )
    sql = f"SELECT {columns} FROM {_table(model)} WHERE {tests} LIMIT 1"  # noqa: S608 - names from the models
    return f"{sql} FOR UPDATE" if lock and postgresql else sql


@lru_cache(maxsize=1000)
def _among(model: type[Record], count: int, postgresql: bool) -> str:
    columns = ", ".join(_column(model, field.name) for field in model._meta.sorted_fields)
    marks = ", ".join([_mark(postgresql)] * count)
    return f"SELECT {columns} FROM {_table(model)} WHERE id IN ({marks})"  # noqa: S608 - names from the models


@cache
def _update(model: type[Record], names: tuple[str, ...], postgresql: bool) -> str:
    mark = _mark(postgresql)
    changes = ", ".join(f"{_column(model, name)} = {mark}" for name in names)
    return f"UPDATE {_table(model)} SET {changes} WHERE id = {mark}"  # noqa: S608 - names from the models


def _table(model: type[Record]) -> str:
    return f'"{model._meta.table_name}"'


def _column(model: type[Record], name: str) -> str:
    return f'"{_fields(model)[name].column_name}"'


def _mark(postgresql: bool) -> str:
    return "%s" if postgresql else "?"
