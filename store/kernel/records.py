"""A record: a row of a tenant's database, with the few statements that doors run all day made cheap.

peewee builds its SQL anew for every call, which costs more than SQLite needs to run it. `create`,
`find` and `put` keep the text of their statement per table and columns; everything else is plain peewee.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Self

import peewee

from store.kernel.db import database, on_postgresql

PORTION = 100  # rows of one statement, of which each count is a text of its own to keep
_PLAIN = (peewee.CharField, peewee.IntegerField, peewee.FloatField, peewee.ForeignKeyField)
_NUMBERS = (peewee.IntegerField, peewee.ForeignKeyField)
_TYPES = {**peewee.PostgresqlDatabase.field_types, "BIGAUTO": "BIGINT"}


class Number(peewee.BigAutoField):
    """A row's number, never given to another row, also when this one is deleted: a journal may still name it.

    PostgreSQL keeps to that by itself; SQLite wants a word more.
    """

    def ddl(self, ctx: Any) -> Any:
        said = super().ddl(ctx)
        return said if ctx.state.param == "%s" else peewee.NodeList((said, peewee.SQL("AUTOINCREMENT")))


class Record(peewee.Model):
    """A row of a tenant's database."""

    id = Number()

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
        """Insert rows that name the same columns, with their defaults; returns their ids in the same order.

        Of another row the id is given, not the row.
        """
        ids: list[int] = []
        for start in range(0, len(rows), PORTION):
            portion = rows[start : start + PORTION]
            columns = {name: _written(cls, name, [row[name] for row in portion]) for name in portion[0]}
            for name, default in _defaults(cls).items():
                if name not in columns:
                    columns[name] = _written(cls, name, [default() for _ in portion])
            if on_postgresql():
                sql = _insert_columns(cls, tuple(columns))
                ids += [row_id for (row_id,) in database.execute_sql(sql, list(columns.values()))]
            else:
                params = [value for row in zip(*columns.values(), strict=True) for value in row]
                cursor = database.execute_sql(_insert(cls, tuple(columns), False, len(portion)), params)
                # the one writer numbers the rows of a statement one after the other
                ids += range(cursor.lastrowid - len(portion) + 1, cursor.lastrowid + 1)
        return ids

    @classmethod
    def find(cls, *, lock: bool = False, **equal: Any) -> Self | None:
        """The row whose columns equal these values (None means null), or None.

        With `lock` it stays locked until the transaction ends. Meant for what is unique.
        """
        found = cls._found(equal, " LIMIT 1" + (" FOR UPDATE" if lock and on_postgresql() else "")).fetchone()
        return None if found is None else cls._of(found)

    @classmethod
    def find_all(cls, **equal: Any) -> list[Self]:
        """All rows whose columns equal these values, in no order."""
        return [cls._of(columns) for columns in cls._found(equal, "").fetchall()]

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
    def put_all(cls, rows: Sequence[Self], *names: str) -> None:
        """Write some columns of many rows, as they have been set, in one go."""
        if not rows:
            return
        fields = _fields(cls)
        params = [[*(fields[name].db_value(row.__data__[name]) for name in names), row.id] for row in rows]
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # as `execute_sql` does
            database.cursor().executemany(_update(cls, names, on_postgresql()), params)
        for row in rows:
            row._dirty.difference_update(names)

    @classmethod
    def _found(cls, equal: Mapping[str, Any], tail: str) -> Any:
        params = []
        for name, value in equal.items():
            if value is not None:
                field = _fields(cls)[name]
                is_plain = type(value) is int and isinstance(field, _NUMBERS)
                params.append(value if is_plain else field.db_value(value))
        shape = tuple((name, value is None) for name, value in equal.items())
        return database.execute_sql(_select(cls, shape, on_postgresql()) + tail, params)

    @classmethod
    def _of(cls, columns: tuple) -> Self:
        row: Any = cls.__new__(cls)  # what Model.__init__ does without defaults, in half the time
        row.__data__ = {
            name: convert(value) if convert and value is not None else value
            for (name, convert), value in zip(_readers(cls), columns, strict=True)
        }
        row._dirty, row.__rel__ = set(), {}
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


def _written(model: type[Record], name: str, values: list[Any]) -> list[Any]:
    """A column's values as the driver takes them; those that follow one another often are the same one."""
    field = _fields(model)[name]
    if isinstance(field, _PLAIN):
        return values
    written, before = [], object()
    for value in values:
        if value is not before:
            before, last = value, field.db_value(value)
            if isinstance(last, datetime) and not on_postgresql():
                last = last.isoformat(" ")  # as its driver writes it
        written.append(last)
    return written


@cache
def _defaults(model: type[Record]) -> dict[str, Callable[[], Any]]:
    """The columns that need not be named, and what makes their values."""
    return {
        name: field.default if callable(field.default) else partial(_as_it_is, field.default)
        for name, field in _fields(model).items()
        if field.default is not None
    }


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _insert(model: type[Record], names: tuple[str, ...], postgresql: bool, count: int = 1) -> str:
    columns = ", ".join(_column(model, name) for name in names)
    marks = ", ".join([f"({', '.join([_mark(postgresql)] * len(names))})"] * count)
    sql = f"INSERT INTO {_table(model)} ({columns}) VALUES {marks}"  # noqa: S608 - names from the models
    return f"{sql} RETURNING id" if postgresql else sql


@cache
def _insert_columns(model: type[Record], names: tuple[str, ...]) -> str:
    """Rows given column by column: PostgreSQL and its driver read one text, however many rows there are."""
    columns = ", ".join(_column(model, name) for name in names)
    arrays = ", ".join(f"%s::{_type(_fields(model)[name])}[]" for name in names)
    return f"INSERT INTO {_table(model)} ({columns}) SELECT * FROM unnest({arrays}) RETURNING id"  # noqa: S608


@cache
def _select(model: type[Record], shape: tuple[tuple[str, bool], ...], postgresql: bool) -> str:
    columns = ", ".join(_column(model, field.name) for field in model._meta.sorted_fields)
    tests = " AND ".join(
        f"{_column(model, name)} {'IS NULL' if null else '= ' + _mark(postgresql)}" for name, null in shape
    )
    return f"SELECT {columns} FROM {_table(model)} WHERE {tests}"  # noqa: S608 - names from the models


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


def _type(field: peewee.Field) -> str:
    """The column's type on PostgreSQL, without its length, to which a cast would cut what is too long."""
    return _TYPES.get(field.field_type, field.field_type)


def _table(model: type[Record]) -> str:
    return f'"{model._meta.table_name}"'


def _column(model: type[Record], name: str) -> str:
    return f'"{_fields(model)[name].column_name}"'


def _mark(postgresql: bool) -> str:
    return "%s" if postgresql else "?"
