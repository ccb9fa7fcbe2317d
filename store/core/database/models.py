"""The base model, with cheap statements for the most frequent queries.

peewee builds its SQL for every call, which costs more than SQLite needs to run it. `create`, `find` and
`update_fields` cache the SQL per table and columns; everything else is plain peewee.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Self

import peewee

from store.core.database.db import database, is_postgresql

BATCH_SIZE = 100  # rows of one statement, of which each count is a text of its own to keep
_PASS_THROUGH_FIELDS = (peewee.CharField, peewee.IntegerField, peewee.FloatField, peewee.ForeignKeyField)
_INTEGER_FIELDS = (peewee.IntegerField, peewee.ForeignKeyField)
_COLUMN_TYPES = {**peewee.PostgresqlDatabase.field_types, "BIGAUTO": "BIGINT"}


class NeverReusedId(peewee.BigAutoField):
    """A row id that is never reused after a deletion, because journals may still refer to it.

    PostgreSQL does so by itself; SQLite needs AUTOINCREMENT.
    """

    def ddl(self, ctx: Any) -> Any:
        said = super().ddl(ctx)
        return said if ctx.state.param == "%s" else peewee.NodeList((said, peewee.SQL("AUTOINCREMENT")))


class Model(peewee.Model):
    """A row of a tenant's database."""

    id = NeverReusedId()

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
        cursor = database.execute_sql(_insert_sql(cls, names, is_postgresql()), params)
        data["id"] = cursor.fetchone()[0] if is_postgresql() else cursor.lastrowid
        row._dirty.clear()
        return row

    @classmethod
    def create_many(cls, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Insert rows that name the same columns, with their defaults, and return their ids in the same order.

        Foreign keys are given as ids, not as rows.
        """
        ids: list[int] = []
        for start in range(0, len(rows), BATCH_SIZE):
            batch = rows[start : start + BATCH_SIZE]
            columns = {name: _to_db_values(cls, name, [row[name] for row in batch]) for name in batch[0]}
            for name, default in _default_factories(cls).items():
                if name not in columns:
                    columns[name] = _to_db_values(cls, name, [default() for _ in batch])
            if is_postgresql():
                sql = _insert_columns_sql(cls, tuple(columns))
                ids += [row_id for (row_id,) in database.execute_sql(sql, list(columns.values()))]
            else:
                params = [value for row in zip(*columns.values(), strict=True) for value in row]
                cursor = database.execute_sql(_insert_sql(cls, tuple(columns), False, len(batch)), params)
                # the one writer numbers the rows of a statement one after the other
                ids += range(cursor.lastrowid - len(batch) + 1, cursor.lastrowid + 1)
        return ids

    @classmethod
    def find(cls, *, lock: bool = False, **equal: Any) -> Self | None:
        """Return the row whose columns equal these values (None means NULL), or None.

        With `lock` it stays locked until the transaction ends. For unique columns.
        """
        found = cls._execute_select(
            equal, " LIMIT 1" + (" FOR UPDATE" if lock and is_postgresql() else "")
        ).fetchone()
        return None if found is None else cls._from_row(found)

    @classmethod
    def get_by_id(cls, pk: Any) -> Self:
        """Return the row of an id. Raises the model's DoesNotExist."""
        found = cls.find(id=pk)
        if found is None:
            raise cls.DoesNotExist(f"no {cls.__name__} {pk}")  # type: ignore[attr-defined]
        return found

    @classmethod
    def find_all(cls, **equal: Any) -> list[Self]:
        """Return all rows whose columns equal these values, in no order."""
        return [cls._from_row(columns) for columns in cls._execute_select(equal, "").fetchall()]

    @classmethod
    def by_ids(cls, row_ids: Sequence[int]) -> list[Self]:
        """Return the rows of these ids in no order. Missing ids are left out."""
        if not row_ids:
            return []
        found = database.execute_sql(
            _select_ids_sql(cls, len(row_ids), is_postgresql()), list(row_ids)
        ).fetchall()
        return [cls._from_row(columns) for columns in found]

    def update_fields(self, **values: Any) -> None:
        """Set some columns and write only these."""
        for name, value in values.items():
            setattr(self, name, value)
        data = self.__data__
        params = [_fields(type(self))[name].db_value(data[name]) for name in values]
        database.execute_sql(_update_sql(type(self), tuple(values), is_postgresql()), [*params, data["id"]])
        self._dirty.difference_update(values)

    @classmethod
    def update_many(cls, rows: Sequence[Self], *names: str) -> None:
        """Write the named columns of many rows with their current values."""
        if not rows:
            return
        fields = _fields(cls)
        params = [[*(fields[name].db_value(row.__data__[name]) for name in names), row.id] for row in rows]
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # as `execute_sql` does
            database.cursor().executemany(_update_sql(cls, names, is_postgresql()), params)
        for row in rows:
            row._dirty.difference_update(names)

    @classmethod
    def _execute_select(cls, equal: Mapping[str, Any], tail: str) -> Any:
        params = []
        for name, value in equal.items():
            if value is not None:
                field = _fields(cls)[name]
                is_plain = type(value) is int and isinstance(field, _INTEGER_FIELDS)
                params.append(value if is_plain else field.db_value(value))
        shape = tuple((name, value is None) for name, value in equal.items())
        return database.execute_sql(_select_sql(cls, shape, is_postgresql()) + tail, params)

    @classmethod
    def _from_row(cls, columns: tuple) -> Self:
        row: Any = cls.__new__(cls)  # what Model.__init__ does without defaults, in half the time
        row.__data__ = {
            name: convert(value) if convert and value is not None else value
            for (name, convert), value in zip(_readers(cls), columns, strict=True)
        }
        row._dirty, row.__rel__ = set(), {}
        return row


@cache
def _fields(model: type[Model]) -> dict[str, peewee.Field]:
    return dict(model._meta.fields)


@cache
def _readers(model: type[Model]) -> list[tuple[str, Any]]:
    """Return each field with the function that converts its column, or None if the driver's value is used."""
    return [
        (field.name, None if isinstance(field, _PASS_THROUGH_FIELDS) else field.python_value)
        for field in model._meta.sorted_fields
    ]


def _to_db_values(model: type[Model], name: str, values: list[Any]) -> list[Any]:
    """Convert the values of a column for the driver; equal neighbours are converted once."""
    field = _fields(model)[name]
    if isinstance(field, _PASS_THROUGH_FIELDS):
        return values
    written, before = [], object()
    for value in values:
        if value is not before:
            before, last = value, field.db_value(value)
            if isinstance(last, datetime) and not is_postgresql():
                last = last.isoformat(" ")  # as its driver writes it
        written.append(last)
    return written


@cache
def _default_factories(model: type[Model]) -> dict[str, Callable[[], Any]]:
    """Return the columns with a default and the functions that make it."""
    return {
        name: field.default if callable(field.default) else partial(_identity, field.default)
        for name, field in _fields(model).items()
        if field.default is not None
    }


def _identity(value: Any) -> Any:
    return value


@cache
def _insert_sql(model: type[Model], names: tuple[str, ...], is_postgres: bool, count: int = 1) -> str:
    columns = ", ".join(_quoted_column(model, name) for name in names)
    marks = ", ".join([f"({', '.join([_placeholder(is_postgres)] * len(names))})"] * count)
    sql = f"INSERT INTO {_quoted_table(model)} ({columns}) VALUES {marks}"  # noqa: S608 - names from the models
    return f"{sql} RETURNING id" if is_postgres else sql


@cache
def _insert_columns_sql(model: type[Model], names: tuple[str, ...]) -> str:
    """Return the SQL that inserts rows given as one array per column; its text is independent of their number."""
    columns = ", ".join(_quoted_column(model, name) for name in names)
    arrays = ", ".join(f"%s::{_cast_type(_fields(model)[name])}[]" for name in names)
    return f"INSERT INTO {_quoted_table(model)} ({columns}) SELECT * FROM unnest({arrays}) RETURNING id"  # noqa: S608


@cache
def _select_sql(model: type[Model], shape: tuple[tuple[str, bool], ...], is_postgres: bool) -> str:
    columns = ", ".join(_quoted_column(model, field.name) for field in model._meta.sorted_fields)
    tests = " AND ".join(
        f"{_quoted_column(model, name)} {'IS NULL' if null else '= ' + _placeholder(is_postgres)}"
        for name, null in shape
    )
    return f"SELECT {columns} FROM {_quoted_table(model)} WHERE {tests}"  # noqa: S608 - names from the models


@lru_cache(maxsize=1000)
def _select_ids_sql(model: type[Model], count: int, is_postgres: bool) -> str:
    columns = ", ".join(_quoted_column(model, field.name) for field in model._meta.sorted_fields)
    marks = ", ".join([_placeholder(is_postgres)] * count)
    return f"SELECT {columns} FROM {_quoted_table(model)} WHERE id IN ({marks})"  # noqa: S608 - names from the models


@cache
def _update_sql(model: type[Model], names: tuple[str, ...], is_postgres: bool) -> str:
    mark = _placeholder(is_postgres)
    changes = ", ".join(f"{_quoted_column(model, name)} = {mark}" for name in names)
    return f"UPDATE {_quoted_table(model)} SET {changes} WHERE id = {mark}"  # noqa: S608 - names from the models


def _cast_type(field: peewee.Field) -> str:
    """Return the PostgreSQL type of a column without its length, because a cast would truncate longer values."""
    return _COLUMN_TYPES.get(field.field_type, field.field_type)


def _quoted_table(model: type[Model]) -> str:
    return f'"{model._meta.table_name}"'


def _quoted_column(model: type[Model], name: str) -> str:
    return f'"{_fields(model)[name].column_name}"'


def _placeholder(is_postgres: bool) -> str:
    return "%s" if is_postgres else "?"
