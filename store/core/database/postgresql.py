"""A pool of PostgreSQL connections with a deadline on the client's side.

The timeouts of the server do not help against a server that hangs: it does not count them either. A thread sets a
limit (the web: `web/request_context.py`), and each wait for the server ends after that time.
"""

import threading
import time
from typing import Any

import peewee
import psycopg
from playhouse.pool import PooledPostgresqlDatabase

FAIL_FAST_S = 1.0
CONNECT_TIMEOUT_S = 5

_limits = threading.local()
# Classes of SQLSTATE in which the server, not the statement, is at fault: connection exception, operator
# intervention (shutdown), too many connections.
_UNAVAILABLE_STATES = ("08", "57P", "53300")


def limit_waits(seconds: float | None) -> None:
    """Limit each wait of this thread for the server, until another call. None removes the limit."""
    _limits.seconds = seconds


def is_unavailable(error: BaseException) -> bool:
    """Return whether an error says that PostgreSQL did not answer or ended the connection."""
    driver_error = getattr(error, "orig", None) or error.__cause__
    if not isinstance(driver_error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return False
    return driver_error.sqlstate is None or driver_error.sqlstate.startswith(_UNAVAILABLE_STATES)


class DeadlinePostgresql(PooledPostgresqlDatabase):
    """A pool whose waits end after the limit of the thread.

    The pool checks a connection under its lock. When a check or a connection attempt has timed out, the threads
    that waited for the lock fail at once. Without that each of them would wait for the limit in turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._hung_until = 0.0
        super().__init__(*args, **kwargs)

    @property
    def _wait_timeout(self) -> float:
        """Return how long a thread waits for a free connection of the pool."""
        return min(self._max_wait_s, _limit() or self._max_wait_s)

    @_wait_timeout.setter
    def _wait_timeout(self, seconds: float) -> None:
        self._max_wait_s = seconds

    def _connect(self) -> Any:
        self._ensure_not_hung()
        try:
            return super()._connect()
        except psycopg.errors.ConnectionTimeout:
            self._hung_until = time.monotonic() + FAIL_FAST_S
            raise

    def _is_closed(self, conn: Any) -> bool:
        began = time.monotonic()
        is_closed: bool = super()._is_closed(conn)
        limit = _limit()
        if is_closed and limit is not None and time.monotonic() - began >= limit:
            self._hung_until = time.monotonic() + FAIL_FAST_S
        self._ensure_not_hung()
        return is_closed

    def _ensure_not_hung(self) -> None:
        if time.monotonic() < self._hung_until:
            raise psycopg.OperationalError("the database server does not answer")


class _Connection(psycopg.Connection):
    """A connection whose waits end after the limit of the thread."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limit = _limit()
        try:
            return super().wait(gen, interval, timeout if limit is None else limit)
        except psycopg.errors._WaitTimeout:
            # Its state is unknown. A rollback on it would wait for the limit once more.
            self.pgconn.finish()
            raise psycopg.OperationalError("the database server did not answer in time") from None


class _Adapter(peewee.Psycopg3Adapter):
    def connect(self, db: peewee.Database, **params: Any) -> psycopg.Connection:
        # psycopg takes whole seconds, two at least.
        seconds = CONNECT_TIMEOUT_S if _limit() is None else 2
        return _Connection.connect(db.database, connect_timeout=seconds, **params)


def _limit() -> float | None:
    return getattr(_limits, "seconds", None)


DeadlinePostgresql.psycopg3_adapter = _Adapter
