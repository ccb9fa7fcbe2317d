"""The tenant's database: one proxy that answers for the tenant in force, and the verb's transaction.

With no tenant in force every query raises, so no query can forget one.
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
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase

from store.kernel.refusals import busy, no_room
from store.kernel.sqlite import Sqlite

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=peewee.Model)

TRIES = 4
_PASSING = {"40P01", "40001"}  # PostgreSQL: deadlock detected, serialization failure
_TAKEN = "23505"  # PostgreSQL: unique violation
_FULL = "53100"  # PostgreSQL: disk full


class NoTenant(RuntimeError):
    """A query was made with no tenant in force."""


Handle: TypeAlias = Sqlite | PooledPostgresqlDatabase

_in_force: ContextVar[tuple[str, Handle] | None] = ContextVar("tenant", default=None)


class _InForce(peewee.DatabaseProxy):
    """peewee's proxy, with its target read from the context instead of set once."""

    @property
    def obj(self) -> Handle:
        here = _in_force.get()
        if here is None:
            raise NoTenant("no tenant in force: wrap the call in tenants.using(slug)")
        return here[1]

    @obj.setter
    def obj(self, value: Handle | None) -> None:
        """peewee initialises proxies with None; the context is the only source here."""


database = _InForce()


def connect(url: str, *, schema: str | None = None, timeout_s: int = 10) -> Handle:
    """A pooled database for a URL: `sqlite:///path` or `postgresql://…` (in `schema` when given)."""
    if url.startswith("sqlite:///"):
        return Sqlite(
            url.removeprefix("sqlite:///"),
            max_connections=64,
            timeout=timeout_s,
            lock_type="IMMEDIATE",
            patience_s=timeout_s,
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
    return PooledPostgresqlDatabase(
        url, max_connections=24, timeout=timeout_s, options=options, connect_timeout=5, prefer_psycopg3=True
    )


@contextmanager
def using(name: str, handle: Handle) -> Iterator[Handle]:
    """Put a tenant's database in force for the block; the connection goes back to the pool afterwards.

    Raises Refused(busy) when no connection becomes free.
    """
    opened = handle.is_closed()
    if opened:
        try:
            handle.connect()
        except MaxConnectionsExceeded:
            raise busy() from None
    token = _in_force.set((name, handle))
    try:
        yield handle
    finally:
        if opened:
            handle.close()
        _in_force.reset(token)


def tenant() -> str:
    """The slug of the tenant in force; raises NoTenant."""
    here = _in_force.get()
    if here is None:
        raise NoTenant("no tenant in force")
    return here[0]


def on_postgresql() -> bool:
    """Whether the tenant in force lives on PostgreSQL."""
    return isinstance(database.obj, peewee.PostgresqlDatabase)


def lock(query: "peewee.ModelSelect[M]") -> "peewee.ModelSelect[M]":
    """The query with its rows locked until the transaction ends.

    SQLite's single writer already holds the whole file (BEGIN IMMEDIATE), so nothing is added there.
    """
    return query.for_update() if on_postgresql() else query


def among(column: peewee.Field, values: Iterable[int]) -> peewee.Expression:
    """`column IN (…)` for hundreds of ids as one parameter.

    To build a mark for each costs more than to find them, and the text stays the same however many there are.
    """
    ids = list(values)
    if on_postgresql():
        return peewee.Expression(column, peewee.OP.EQ, peewee.SQL("ANY(%s::bigint[])", (ids,)))
    listed = peewee.SQL("(SELECT value FROM json_each(?))", (json.dumps(ids),))
    return peewee.Expression(column, peewee.OP.IN, listed)


def queue_for(name: str) -> None:
    """Let only one transaction at a time past this point for `name`, until it ends.

    For limits that are counted over rows and so have no single row to lock.
    """
    if on_postgresql():
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{tenant()}:{name}",))


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in one transaction; called inside another verb it joins that one's.

    A deadlock or a unique key lost to another transaction rolls everything back and asks again:
    the second run sees the winner's row. So a verb must do nothing but read and write records.
    Raises Refused: busy when the records stay locked, no_room when the disk is full.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if database.in_transaction():
            return function(*args, **kwargs)
        for attempt in range(TRIES):
            try:
                with database.transaction():
                    return function(*args, **kwargs)
            except (peewee.OperationalError, peewee.IntegrityError, OSError) as error:
                if _is_full(error):
                    raise no_room() from error
                if isinstance(error, OSError) or not _worth_another_try(error):
                    raise
                if attempt == TRIES - 1:
                    raise _last_word(error) from error
                time.sleep(random.uniform(0, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    return run


@contextmanager
def savepoint() -> Iterator[None]:
    """Undo the block alone when it raises; the transaction around it goes on.

    peewee gives each one a name of its own, which makes every database read the statement anew.
    """
    database.execute_sql("SAVEPOINT part")
    try:
        yield
    except BaseException:
        database.execute_sql("ROLLBACK TO SAVEPOINT part")
        database.execute_sql("RELEASE SAVEPOINT part")
        raise
    database.execute_sql("RELEASE SAVEPOINT part")


def after_commit(action: Callable[[], Any]) -> None:
    """Do something once the transaction in force is committed; never when it is rolled back."""
    database.after_commit(action)


def _worth_another_try(error: peewee.DatabaseError) -> bool:
    if isinstance(error, peewee.IntegrityError):
        return _state_of(error) == _TAKEN or str(error).startswith("UNIQUE constraint failed")
    if _is_locked(error):
        raise busy() from error
    return _state_of(error) in _PASSING


def _is_locked(error: peewee.DatabaseError) -> bool:
    return "database is locked" in str(error) or _state_of(error) == "55P03"


def _is_full(error: peewee.DatabaseError | OSError) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "database or disk is full" in str(error) or _state_of(error) == _FULL


def _state_of(error: peewee.DatabaseError) -> str | None:
    return getattr(error.__cause__ or getattr(error, "orig", None), "sqlstate", None)


def _last_word(error: peewee.DatabaseError) -> Exception:
    return error if isinstance(error, peewee.IntegrityError) else busy()
