"""The verifier for the end of each test: all checks whose queries found nothing before are asked in one statement.

Building the queries takes peewee ten times as long as the database needs for the answer. A check is a function of
what its queries return: when all of them return no row again, the check finds no violation again. A query that
returned nothing while all its tables were empty is left out while they are empty.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

import peewee
import pytest

from store import layers
from store.core.database.db import database
from store.integrity import verifier
from store.integrity.check import Check, Violation
from tests.support.database import list_non_empty_tables

MAX_RECORDINGS = 3  # a check that finds rows in each of so many tests is run in all tests


class _Statement(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    database: peewee.Database
    tables: frozenset[str]  # the quoted names of all tables that it may read


class QuickVerifier:
    """The checks of a test process, with the statements that each of them sent when it found no row."""

    def __init__(self, checks: tuple[Check, ...] = verifier.CHECKS) -> None:
        self._checks = {check.name: check for check in checks}
        self._statements: dict[str, list[_Statement]] = {}
        self._silent_when_empty: set[_Statement] = set()
        self._recordings = dict.fromkeys(self._checks, 0)

    def list_violations(self) -> list[Violation]:
        """Return the violations in the current tenant, warnings among them."""
        suspects = self._find_suspects()
        found = []
        for name, check in self._checks.items():
            if name not in self._statements or name in suspects:
                found += self._run(check)
        return found

    def _find_suspects(self) -> set[str]:
        """Return the checks for which a recorded statement returns a row now."""
        filled = frozenset(list_non_empty_tables()) if self._statements else frozenset()
        asked = [
            (name, statement, filled.isdisjoint(statement.tables))
            for name, statements in self._statements.items()
            for statement in statements
            if statement not in self._silent_when_empty or not filled.isdisjoint(statement.tables)
        ]
        if not asked:
            return set()
        sql = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS ({statement.sql})" for name, statement, _ in asked
        )
        parameters = [value for _, statement, _ in asked for value in statement.parameters]
        suspects = {row[0] for row in database.execute_sql(sql, parameters).fetchall()}
        self._silent_when_empty |= {
            statement for name, statement, is_empty in asked if is_empty and name not in suspects
        }
        return suspects

    def _run(self, check: Check) -> list[Violation]:
        if check.name in self._statements or self._recordings[check.name] == MAX_RECORDINGS:
            return list(check.list_violations())
        self._recordings[check.name] += 1
        with _record_statements() as statements:
            found = list(check.list_violations())
        if not found and statements and all(_returns_nothing(statement) for statement in statements):
            self._statements[check.name] = statements
        return found


@contextmanager
def _record_statements() -> Iterator[list[_Statement]]:
    statements: list[_Statement] = []
    names = [f'"{model._meta.table_name}"' for model in layers.list_tables()]
    kind = type(database.obj)
    execute_sql = kind.execute_sql

    def record(self: peewee.Database, sql: str, params: Any = None, *rest: Any) -> Any:
        read = frozenset(name for name in names if name in sql)
        statements.append(_Statement(sql, tuple(params or ()), self, read))
        return execute_sql(self, sql, params, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "execute_sql", record)
        yield statements


def _returns_nothing(statement: _Statement) -> bool:
    """Say whether the statement is one of the tenant's, does not depend on the time and returns no row."""
    is_timed = any(isinstance(value, date | datetime) for value in statement.parameters)
    if is_timed or statement.database is not database.obj:
        return False
    return database.execute_sql(statement.sql, statement.parameters).fetchone() is None
