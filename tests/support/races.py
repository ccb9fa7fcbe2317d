"""What takes a guard away, so that a test can show the race which the guard prevents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Lock
from typing import Any

import pytest

from store.core.database import db, group_commit
from tests.support import database


def with_barrier(function: Callable[..., Any], count: int = 2) -> Callable[..., Any]:
    """The function, but its first `count` callers wait for one another after it: all have looked, none has written."""
    gate, turn, left = Barrier(count), Lock(), [count]

    def looked(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        with turn:
            left[0] -= 1
            waits = left[0] >= 0
        if waits:
            gate.wait(10)
        return answer

    return looked


@contextmanager
def without_write_queue() -> Iterator[None]:
    """SQLite with every statement on its own: its writers are many and nothing is one transaction.

    PostgreSQL has many writers anyway.
    """
    with pytest.MonkeyPatch.context() as patch:
        for step in ("begin", "commit", "rollback"):
            patch.setattr(group_commit.GroupCommitSqlite, step, lambda self, *args: None)
        yield


@contextmanager
def without_index(*names: str) -> Iterator[None]:
    """The tenant's tables without some unique indexes; afterwards they are empty and have them again."""
    definitions = [_index_definition(name) for name in names]
    for name in names:
        db.database.execute_sql(f'DROP INDEX "{name}"')
    try:
        yield
    finally:
        if db.is_postgresql():  # a SQLite file is thrown away after the test
            database.empty_tables()
            for definition in definitions:
                db.database.execute_sql(definition)


def _index_definition(name: str) -> str:
    if db.is_postgresql():
        query = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname = %s"
    else:
        query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?"
    return db.database.execute_sql(query, (name,)).fetchone()[0]
