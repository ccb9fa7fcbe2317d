"""The SQL of the frequent statements, written once for each table and its columns."""

from functools import cache, lru_cache

import peewee

Table = type[peewee.Model]

_COLUMN_TYPES = {**peewee.PostgresqlDatabase.field_types, "BIGAUTO": "BIGINT"}


@lru_cache(maxsize=2000)
def column_list(model: Table, alias: str) -> str:
    """Return all columns of a table as a query selects them under an alias of the table."""
    return ", ".join(f'"{alias}"."{field.column_name}"' for field in model._meta.sorted_fields)


@cache
def insert_sql(model: Table, names: tuple[str, ...], is_postgres: bool, count: int = 1) -> str:
    """Return the SQL that inserts `count` rows."""
    columns = ", ".join(_quoted_column(model, name) for name in names)
    marks = ", ".join([f"({', '.join([_placeholder(is_postgres)] * len(names))})"] * count)
    sql = f"INSERT INTO {_quoted_table(model)} ({columns}) VALUES {marks}"  # noqa: S608 - names from the models
    return f"{sql} RETURNING id" if is_postgres else sql


@cache
def insert_columns_sql(model: Table, names: tuple[str, ...]) -> str:
    """Return the SQL that inserts rows given as one array per column, of which the text is always the same."""
    columns = ", ".join(_quoted_column(model, name) for name in names)
    arrays = ", ".join(f"%s::{_cast_type(model._meta.fields[name])}[]" for name in names)
    return f"INSERT INTO {_quoted_table(model)} ({columns}) SELECT * FROM unnest({arrays}) RETURNING id"  # noqa: S608


@cache
def select_sql(
    model: Table, names: tuple[str, ...], nulls: tuple[str, ...], tail: str, is_postgres: bool
) -> str:
    """Return the SQL that selects the rows whose columns equal parameters, or are NULL."""
    columns = ", ".join(_quoted_column(model, field.name) for field in model._meta.sorted_fields)
    tests = " AND ".join(
        f"{_quoted_column(model, name)} {'IS NULL' if name in nulls else '= ' + _placeholder(is_postgres)}"
        for name in names
    )
    return f"SELECT {columns} FROM {_quoted_table(model)} WHERE {tests}{tail}"  # noqa: S608 - names from the models


@lru_cache(maxsize=1000)
def select_ids_sql(model: Table, count: int, is_postgres: bool) -> str:
    """Return the SQL that selects the rows of `count` ids."""
    columns = ", ".join(_quoted_column(model, field.name) for field in model._meta.sorted_fields)
    marks = ", ".join([_placeholder(is_postgres)] * count)
    return f"SELECT {columns} FROM {_quoted_table(model)} WHERE id IN ({marks})"  # noqa: S608 - names from the models


@cache
def select_where_sql(model: Table, condition: str, is_postgres: bool) -> str:
    """Return the SQL that selects the rows of a condition, with `?` for each parameter."""
    columns = ", ".join(_quoted_column(model, field.name) for field in model._meta.sorted_fields)
    condition = condition.replace("?", _placeholder(is_postgres))
    return f"SELECT {columns} FROM {_quoted_table(model)} WHERE {condition}"  # noqa: S608 - texts of our own


@cache
def update_sql(model: Table, names: tuple[str, ...], is_postgres: bool) -> str:
    """Return the SQL that changes columns of the row of an id."""
    mark = _placeholder(is_postgres)
    changes = ", ".join(f"{_quoted_column(model, name)} = {mark}" for name in names)
    return f"UPDATE {_quoted_table(model)} SET {changes} WHERE id = {mark}"  # noqa: S608 - names from the models


@cache
def update_if_sql(model: Table, names: tuple[str, ...], tested: str, count: int, is_postgres: bool) -> str:
    """Return the SQL of `update_sql` for a row of which a column has one of `count` values."""
    marks = ", ".join([_placeholder(is_postgres)] * count)
    return f"{update_sql(model, names, is_postgres)} AND {_quoted_column(model, tested)} IN ({marks})"


def _cast_type(field: peewee.Field) -> str:
    """Return the PostgreSQL type of a column without its length, because a cast would truncate longer values."""
    return _COLUMN_TYPES.get(field.field_type, field.field_type)


def _quoted_table(model: Table) -> str:
    return f'"{model._meta.table_name}"'


def _quoted_column(model: Table, name: str) -> str:
    return f'"{model._meta.fields[name].column_name}"'


def _placeholder(is_postgres: bool) -> str:
    return "%s" if is_postgres else "?"
