"""The database of the current tenant, and the transaction of an operation.

Without a current tenant every query raises, so no query can reach another tenant by mistake.
"""

import errno
import functools
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeAlias, TypeVar

import peewee
from playhouse.pool import MaxConnectionsExceeded

from store.core.database.group_commit import GroupCommitSqlite
from store.core.database.postgresql import DeadlinePostgresql, is_unavailable
from store.core.errors import busy, storage_full

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=peewee.Model)

MAX_ATTEMPTS = 4
_RETRYABLE_STATES = {"40P01", "40001"}  # PostgreSQL: deadlock detected, serialization failure
_UNIQUE_VIOLATION = "23505"  # PostgreSQL: unique violation
_DISK_FULL = "53100"  # PostgreSQL: disk full


class NoTenantError(RuntimeError):
    """A query without a current tenant."""


Database: TypeAlias = GroupCommitSqlite | DeadlinePostgresql

_current: ContextVar[tuple[str, Database] | None] = ContextVar("tenant", default=None)


class CurrentTenantDatabase(peewee.DatabaseProxy):
    """peewee's proxy, which resolves to the database of the current context."""

    @property
    def obj(self) -> Database:
        here = _current.get()
        if here is None:
            raise NoTenantError("no current tenant: wrap the call in tenants.using(slug)")
        return here[1]

    @obj.setter
    def obj(self, value: Database | None) -> None:
        """peewee initialises proxies with None; the context is the only source here."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement. A method of its own, because peewee's look-up costs as much as a short statement."""
        return self.obj.execute_sql(sql, params)

    def in_transaction(self) -> bool:
        """Return whether this thread is in a transaction."""
        return bool(self.obj.in_transaction())


database = CurrentTenantDatabase()


def connect(url: str, *, schema: str | None = None, timeout_s: int = 10) -> Database:
    """Create a pooled database for a URL: `sqlite:///path` or `postgresql://…`, optionally in `schema`."""
    if url.startswith("sqlite:///"):
        return GroupCommitSqlite(
            url.removeprefix("sqlite:///"),
            max_connections=64,
            timeout=timeout_s,
            lock_type="IMMEDIATE",
            timeout_s=timeout_s,
            check_same_thread=False,  # a connection is lent to one thread at a time
            cached_statements=500,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "normal",
                "foreign_keys": 1,
                "cache_size": -8000,
                "wal_autocheckpoint": 4000,
            },
        )
    options = f"-c lock_timeout={timeout_s}s -c statement_timeout=60s -c timezone=UTC"
    if schema:
        options += f" -c search_path={schema}"
    return DeadlinePostgresql(
        url, max_connections=24, timeout=timeout_s, options=options, prefer_psycopg3=True
    )


@contextmanager
def use_database(name: str, handle: Database) -> Iterator[Database]:
    """Make a database current for the block and return its connection to the pool afterwards.

    Raises DomainError(busy) if no connection becomes free or the server does not answer.
    """
    token = _current.set((name, handle))
    try:
        with open_connection(handle):
            yield handle
    finally:
        _current.reset(token)


@contextmanager
def open_connection(handle: Database) -> Iterator[None]:
    """Connect for the block, unless this thread is connected.

    Raises DomainError(busy) if no connection becomes free or the server does not answer.
    """
    try:
        opened = handle.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if opened:
                handle.close()
    except MaxConnectionsExceeded:
        raise busy() from None
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        if is_unavailable(error):
            raise busy() from error
        raise


def current_tenant() -> str:
    """Return the slug of the current tenant. Raises NoTenantError."""
    here = _current.get()
    if here is None:
        raise NoTenantError("no current tenant")
    return here[0]


def is_postgresql() -> bool:
    """Return whether the current tenant uses PostgreSQL."""
    return isinstance(database.obj, peewee.PostgresqlDatabase)


def lock(query: "peewee.ModelSelect[M]") -> "peewee.ModelSelect[M]":
    """Return the query with its rows locked until the transaction ends (`SELECT … FOR UPDATE`).

    On SQLite the transaction holds the write lock of the whole file already (BEGIN IMMEDIATE).
    """
    return query.for_update() if is_postgresql() else query


def in_ids(column: peewee.Field, values: Iterable[int]) -> peewee.Expression:
    """Return `column IN (…)` with hundreds of ids as one parameter.

    One placeholder per id would cost more than the search, and the SQL text would change with their number.
    """
    ids = list(values)
    if is_postgresql():
        return peewee.Expression(column, peewee.OP.EQ, peewee.SQL("ANY(%s::bigint[])", (ids,)))
    listed = peewee.SQL("(SELECT value FROM json_each(?))", (json.dumps(ids),))
    return peewee.Expression(column, peewee.OP.IN, listed)


def advisory_lock(name: str) -> None:
    """Let one transaction at a time pass for `name`, until it ends.

    For limits that are counted over rows and so have no single row to lock.
    """
    if is_postgresql():
        database.execute_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{current_tenant()}:{name}",)
        )


def transactional(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in one transaction. Called inside another operation it joins that transaction.

    A deadlock or a unique key lost to another transaction rolls back and runs the function again: the second run
    sees the row of the first transaction. So an operation must only read and write rows. Raises DomainError: busy
    if the database stays locked, storage_full if the disk is full.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if database.in_transaction():
            return function(*args, **kwargs)
        for attempt in range(MAX_ATTEMPTS):
            try:
                with database.transaction():
                    return function(*args, **kwargs)
            except (peewee.OperationalError, peewee.IntegrityError, OSError) as error:
                if _is_disk_full(error):
                    raise storage_full() from error
                if isinstance(error, OSError) or not _is_retryable(error):
                    raise
                if attempt == MAX_ATTEMPTS - 1:
                    raise _final_error(error) from error
                time.sleep(random.uniform(0, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    return run


@contextmanager
def savepoint() -> Iterator[None]:
    """Roll back only the block if it raises. The outer transaction continues.

    peewee gives each savepoint a new name, which makes every database parse the statement again.
    """
    database.execute_sql("SAVEPOINT step")
    try:
        yield
    except BaseException:
        database.execute_sql("ROLLBACK TO SAVEPOINT step")
        database.execute_sql("RELEASE SAVEPOINT step")
        raise
    database.execute_sql("RELEASE SAVEPOINT step")


def ensure_outside_transaction() -> None:
    """Raise RuntimeError inside a transaction, whose rollback would undo an attempt that has to be counted."""
    if database.in_transaction():
        raise RuntimeError("the counted attempt would be rolled back with the transaction")


def after_commit(action: Callable[[], Any]) -> None:
    """Call a function after the commit of the current transaction, and never after a rollback."""
    database.after_commit(action)


def _is_retryable(error: peewee.DatabaseError) -> bool:
    if isinstance(error, peewee.IntegrityError):
        return _sqlstate(error) == _UNIQUE_VIOLATION or str(error).startswith("UNIQUE constraint failed")
    if _is_locked(error):
        raise busy() from error
    return _sqlstate(error) in _RETRYABLE_STATES


def _is_locked(error: peewee.DatabaseError) -> bool:
    return "database is locked" in str(error) or _sqlstate(error) == "55P03"


def _is_disk_full(error: peewee.DatabaseError | OSError) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "database or disk is full" in str(error) or _sqlstate(error) == _DISK_FULL


def _sqlstate(error: peewee.DatabaseError) -> str | None:
    return getattr(error.__cause__ or getattr(error, "orig", None), "sqlstate", None)


def _final_error(error: peewee.DatabaseError) -> Exception:
    return error if isinstance(error, peewee.IntegrityError) else busy()
