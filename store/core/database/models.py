"""The base model, with cheap statements for the most frequent queries.

peewee builds its SQL for every call, which costs many times what SQLite needs to run it. The methods here cache the
SQL per table and columns; everything else is plain peewee.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Self

import peewee

from store.core.database import statements
from store.core.database.db import database, is_postgresql
from store.core.database.fields import to_naive_utc
from store.core.database.selection import Select

BATCH_SIZE = 100  # rows of one statement, of which each count is a text of its own to keep
_PASS_THROUGH_FIELDS = (peewee.CharField, peewee.IntegerField, peewee.FloatField, peewee.ForeignKeyField)


class NeverReusedId(peewee.BigAutoField):
    """A row id that is never reused after a deletion, because journals may still refer to it.

    PostgreSQL does so by itself; SQLite needs AUTOINCREMENT.
    """

    def ddl(self, ctx: Any) -> Any:
        said = super().ddl(ctx)
        return said if ctx.state.param == "%s" else peewee.NodeList((said, peewee.SQL("AUTOINCREMENT")))


# What a field of exactly this class leaves as it is, so that its conversion need not be called.
_PLAIN_TYPES: dict[type, type] = {
    peewee.CharField: str, peewee.TextField: str, peewee.IntegerField: int, peewee.BigIntegerField: int,
    peewee.ForeignKeyField: int, peewee.BooleanField: bool, NeverReusedId: int,
}  # fmt: skip


class Model(peewee.Model):
    """A row of a tenant's database."""

    id = NeverReusedId()

    class Meta:
        database = database
        legacy_table_names = False

    if TYPE_CHECKING:  # peewee makes `<foreign key>_id` and the backrefs at run time

        def __getattr__(self, name: str) -> Any: ...

    else:  # the types of peewee know which rows a query returns

        @classmethod
        def select(cls, *fields: Any) -> Select:
            """Return a query of these columns, or of all."""
            return Select(cls, fields or cls._meta.sorted_fields, is_default=not fields)

    @classmethod
    def create(cls, **values: Any) -> Self:
        """Insert a row with its defaults and return it."""
        row: Any = cls.__new__(cls)
        row.__data__, row._dirty, row.__rel__ = cls._meta.get_default_dict(), set(), {}
        row.set_columns(values)
        data = row.__data__
        names = tuple(data)
        cursor = database.execute_sql(
            statements.insert_sql(cls, names, is_postgresql()), _to_params(cls, data, names)
        )
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
                sql = statements.insert_columns_sql(cls, tuple(columns))
                ids += [row_id for (row_id,) in database.execute_sql(sql, list(columns.values()))]
            else:
                params = [value for row in zip(*columns.values(), strict=True) for value in row]
                cursor = database.execute_sql(
                    statements.insert_sql(cls, tuple(columns), False, len(batch)), params
                )
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
        return None if found is None else cls.from_columns(found)

    @classmethod
    def get(cls, *query: Any, **filters: Any) -> Self:
        """Return the row that a query selects. Raises the model's DoesNotExist.

        Foreign keys ask for a row by its id, which takes a cached statement.
        """
        row_id = _find_tested_id(cls, query[0]) if len(query) == 1 and not filters else None
        return super().get(*query, **filters) if row_id is None else cls.get_by_id(row_id)

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
        return [cls.from_columns(columns) for columns in cls._execute_select(equal, "").fetchall()]

    @classmethod
    def find_where(cls, condition: str, *params: Any) -> list[Self]:
        """Return the rows of a condition in SQL, with `?` for each parameter.

        ORDER BY and LIMIT may follow it. For the queries of frequent operations: the text is a constant, so that it
        is prepared once.
        """
        sql = statements.select_where_sql(cls, condition, is_postgresql())
        values = [to_naive_utc(value) if isinstance(value, datetime) else value for value in params]
        return [cls.from_columns(columns) for columns in database.execute_sql(sql, values).fetchall()]

    @classmethod
    def by_ids(cls, row_ids: Sequence[int]) -> list[Self]:
        """Return the rows of these ids in no order. Missing ids are left out."""
        if not row_ids:
            return []
        found = database.execute_sql(
            statements.select_ids_sql(cls, len(row_ids), is_postgresql()), list(row_ids)
        ).fetchall()
        return [cls.from_columns(columns) for columns in found]

    def update_fields(self, **values: Any) -> None:
        """Set some columns and write only these."""
        self.set_columns(values)
        model, data, names = type(self), self.__data__, tuple(values)
        params = [*_to_params(model, data, names), data["id"]]
        database.execute_sql(statements.update_sql(model, names, is_postgresql()), params)
        self._dirty.difference_update(values)

    def update_fields_if(self, name: str, allowed: Sequence[Any], /, **values: Any) -> bool:
        """Set some columns if the stored value of a column is among `allowed`, and return whether it was."""
        model, names = type(self), tuple(values)
        params = [*_to_params(model, values, names), self.id, *allowed]
        sql = statements.update_if_sql(model, names, name, len(allowed), is_postgresql())
        if not database.execute_sql(sql, params).rowcount:
            return False
        self.set_columns(values)
        self._dirty.difference_update(values)
        return True

    @classmethod
    def update_many(cls, rows: Sequence[Self], *names: str) -> None:
        """Write the named columns of many rows with their current values."""
        if not rows:
            return
        fields = _fields(cls)
        params = [[*(fields[name].db_value(row.__data__[name]) for name in names), row.id] for row in rows]
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # as `execute_sql` does
            database.cursor().executemany(statements.update_sql(cls, names, is_postgresql()), params)
        for row in rows:
            row._dirty.difference_update(names)

    @classmethod
    def _execute_select(cls, equal: Mapping[str, Any], tail: str) -> Any:
        params = _to_params(cls, equal, tuple(name for name, value in equal.items() if value is not None))
        nulls = tuple(name for name, value in equal.items() if value is None)
        return database.execute_sql(
            statements.select_sql(cls, tuple(equal), nulls, tail, is_postgresql()), params
        )

    @classmethod
    def from_columns(cls, columns: tuple) -> Self:
        """Return the row of all its columns, as a query of `statements.column_list` returns them."""
        row: Any = cls.__new__(cls)  # what Model.__init__ does without defaults, in half the time
        names, readers = _readers(cls)
        data = dict(zip(names, columns, strict=True))
        for name, convert in readers:
            if data[name] is not None:
                data[name] = convert(data[name])
        row.__data__, row._dirty, row.__rel__ = data, set(), {}
        return row

    def set_columns(self, values: Mapping[str, Any]) -> None:
        """Set attributes, plain columns without peewee's accessors, which are needed for references only."""
        plain = _plain_names(type(self))
        for name, value in values.items():
            if name in plain:
                self.__data__[name] = value
            else:
                setattr(self, name, value)


@cache
def _fields(model: type[Model]) -> dict[str, peewee.Field]:
    return dict(model._meta.fields)


def _find_tested_id(model: type[Model], test: Any) -> int | None:
    """Return the id of the test `Model.id == 5`, or None for another one."""
    if not isinstance(test, peewee.Expression) or test.op != peewee.OP.EQ or type(test.rhs) is not int:
        return None
    row_id: int = test.rhs
    return row_id if test.lhs is model._meta.primary_key else None


@cache
def _plain_names(model: type[Model]) -> frozenset[str]:
    """Return the names of the columns that are no foreign keys."""
    fields = _fields(model).items()
    return frozenset(name for name, field in fields if not isinstance(field, peewee.ForeignKeyField))


@cache
def _readers(model: type[Model]) -> tuple[list[str], list[tuple[str, Any]]]:
    """Return the names of all columns, and those whose values are converted with the functions that do it."""
    fields = model._meta.sorted_fields
    return [field.name for field in fields], [
        (field.name, field.python_value) for field in fields if not isinstance(field, _PASS_THROUGH_FIELDS)
    ]


@cache
def _writers(model: type[Model], names: tuple[str, ...]) -> list[tuple[str, type | None, Any]]:
    """Return of each column its name, the type that the driver takes as it is, and the function for other values."""
    return [
        (name, _PLAIN_TYPES.get(type(field)), field.db_value)
        for name in names
        for field in (_fields(model)[name],)
    ]


def _to_params(model: type[Model], values: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    """Convert the values of these columns for the driver."""
    return [
        value if type(value := values[name]) is plain else convert(value)
        for name, plain, convert in _writers(model, names)
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
