"""The verifier for the end of each test: all checks whose queries found nothing before are asked in one statement.

Building the queries takes peewee ten times as long as the database needs for the answer. A check is a function of
what its queries return: when all of them return no row again, or the same rows as when it found nothing, the check
finds no violation again. A query is left out while the table that it starts from is empty.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

import peewee
import pytest

from store.core.database.db import database
from store.integrity import verifier
from store.integrity.check import Check, Violation
from tests.support.database import list_non_empty_tables

MAX_RECORDINGS = 3  # a check that finds rows in each of so many tests is run in all tests


class _Statement(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    database: peewee.Database
    first_table: str | None  # its quoted name; while it is empty the statement returns nothing


class _Answer(NamedTuple):
    statement: _Statement
    rows: list[tuple[Any, ...]]


class QuickVerifier:
    """The checks of a test process, with the statements that each of them sent when it found no violation."""

    def __init__(self, checks: tuple[Check, ...] = verifier.CHECKS) -> None:
        self._checks = {check.name: check for check in checks}
        self._statements: dict[str, list[_Statement]] = {}
        self._answers: dict[str, list[list[_Answer]]] = {}
        self._recordings = dict.fromkeys(self._checks, 0)

    def list_violations(self) -> list[Violation]:
        """Return the violations in the current tenant, warnings among them."""
        suspects = self._find_suspects()
        found = []
        for name, check in self._checks.items():
            is_checked = name in self._statements and name not in suspects
            if not is_checked and not self._has_answered(name):
                found += self._run(check)
        return found

    def _has_answered(self, name: str) -> bool:
        """Say whether the queries of a check return the rows that they returned when it found nothing."""
        return any(
            all(_read_rows(statement) == rows for statement, rows in answers)
            for answers in self._answers.get(name, ())
        )

    def _find_suspects(self) -> set[str]:
        """Return the checks for which a recorded statement returns a row now."""
        filled = {None, *list_non_empty_tables()} if self._statements else {None}
        asked = [
            (name, statement)
            for name, statements in self._statements.items()
            for statement in statements
            if statement.first_table in filled
        ]
        if not asked:
            return set()
        sql = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS ({one.sql})" for name, one in asked)
        parameters = [value for _, statement in asked for value in statement.parameters]
        return {row[0] for row in database.execute_sql(sql, parameters).fetchall()}

    def _run(self, check: Check) -> list[Violation]:
        if check.name in self._statements or self._recordings[check.name] == MAX_RECORDINGS:
            return list(check.list_violations())
        self._recordings[check.name] += 1
        with _record_statements() as statements:
            found = list(check.list_violations())
        if not found and statements and all(_is_repeatable(statement) for statement in statements):
            answers = [_Answer(statement, _read_rows(statement)) for statement in statements]
            if any(answer.rows for answer in answers):
                self._answers.setdefault(check.name, []).append(answers)
            else:
                self._statements[check.name] = statements
        return found


@contextmanager
def _record_statements() -> Iterator[list[_Statement]]:
    statements: list[_Statement] = []
    kind = type(database.obj)
    execute_sql = kind.execute_sql

    def record(self: peewee.Database, sql: str, params: Any = None, *rest: Any) -> Any:
        statements.append(_Statement(sql, tuple(params or ()), self, _find_first_table(sql)))
        return execute_sql(self, sql, params, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "execute_sql", record)
        yield statements


def _find_first_table(sql: str) -> str | None:
    """Return the quoted name of the table without whose rows a statement returns nothing, if it is plain to see."""
    outside, depth = [], 0
    for part in re.split(r"([()])", sql):
        depth += (part == "(") - (part == ")")
        outside.append(part if depth == 0 else " ")
    text = "".join(outside)
    if not text.startswith("SELECT ") or re.search(r"\b(UNION|RIGHT|FULL)\b", text):
        return None  # the rows come from several tables
    if " HAVING " in text and " GROUP BY " not in text:
        return None  # a sum of no rows is a row
    first = re.search(r' FROM ("\w+") AS ', text)
    return first and first[1]


def _is_repeatable(statement: _Statement) -> bool:
    """Say whether the statement is one of the tenant's and does not depend on the time."""
    is_timed = any(isinstance(value, date | datetime) for value in statement.parameters)
    return not is_timed and statement.database is database.obj


def _read_rows(statement: _Statement) -> list[tuple[Any, ...]]:
    return database.execute_sql(statement.sql, statement.parameters).fetchall()
