"""Rows of several tables by one statement, for the frequent operations."""

from collections.abc import Mapping, Sequence
from typing import Any

from store.core.database import statements
from store.core.database.db import database, is_postgresql
from store.core.database.models import Model


def read_joined(tables: Mapping[str, type[Model]], tail: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of tables by their alias that a statement joins, as tuples in the order of `tables`.

    `tail` is the statement from FROM on, with `?` for each parameter: a constant text, so that it is prepared once.
    """
    columns = ", ".join(statements.column_list(model, alias) for alias, model in tables.items())
    sql = f"SELECT {columns} {tail}"
    found = database.execute_sql(sql.replace("?", "%s") if is_postgresql() else sql, list(params)).fetchall()
    return [_split(tables, row) for row in found]


def _split(tables: Mapping[str, type[Model]], row: tuple[Any, ...]) -> tuple[Any, ...]:
    parts, start = [], 0
    for model in tables.values():
        end = start + len(model._meta.sorted_fields)
        parts.append(model.from_columns(row[start:end]))
        start = end
    return tuple(parts)
