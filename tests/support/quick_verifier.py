"""The verifier for the end of each test: all checks whose queries found nothing before are asked in one statement.

Building the queries takes peewee ten times as long as the database needs for the answer. A check is a function of
what its queries return: when all of them return no row again, the check finds no violation again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

import peewee
import pytest

from store.core.database.db import database
from store.integrity import verifier
from store.integrity.check import Check, Violation

MAX_RECORDINGS = 3  # a check that finds rows in each of so many tests is run in all tests


class _Statement(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    database: peewee.Database


class QuickVerifier:
    """The checks of a test process, with the statements that each of them sent when it found no row."""

    def __init__(self, checks: tuple[Check, ...] = verifier.CHECKS) -> None:
        self._checks = {check.name: check for check in checks}
        self._statements: dict[str, list[_Statement]] = {}
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
        if not self._statements:
            return set()
        parts, parameters = [], []
        for name, statements in self._statements.items():
            for statement in statements:
                parts.append(f"SELECT '{name}' WHERE EXISTS ({statement.sql})")
                parameters += statement.parameters
        return {row[0] for row in database.execute_sql(" UNION ALL ".join(parts), parameters).fetchall()}

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
    kind = type(database.obj)
    execute_sql = kind.execute_sql

    def record(self: peewee.Database, sql: str, params: Any = None, *rest: Any) -> Any:
        statements.append(_Statement(sql, tuple(params or ()), self))
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
