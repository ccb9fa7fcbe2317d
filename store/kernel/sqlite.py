"""SQLite with writers that take turns.

SQLite lets one writer in at a time; the others nap, longer and longer, and look again, so that under
load a writer waits far beyond its turn. Here the threads of a process queue at a lock, and the one at
its head looks again every half millisecond until the other processes let it in.
"""

import threading
import time
from typing import Any

import peewee
from playhouse.pool import PooledSqliteDatabase

LOOK_AGAIN_S = 0.0005


class Sqlite(PooledSqliteDatabase):
    """A pooled SQLite database; `begin` waits up to `patience_s` and then fails as SQLite would."""

    def __init__(self, path: str, *, patience_s: float, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._patience_s = patience_s
        self._turn = threading.Lock()
        self._mine = threading.local()

    def begin(self, lock_type: str | None = None) -> None:
        until = time.monotonic() + self._patience_s
        if not self._turn.acquire(timeout=self._patience_s):
            raise peewee.OperationalError("database is locked")
        self._mine.turn = True
        try:
            self._begin_before(until, lock_type)
        except BaseException:
            self._pass_on()
            raise

    def commit(self) -> Any:
        done = super().commit()
        self._pass_on()
        return done

    def rollback(self) -> Any:
        try:
            return super().rollback()
        finally:
            self._pass_on()

    def _begin_before(self, until: float, lock_type: str | None) -> None:
        self.execute_sql("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    super().begin(lock_type)
                    return
                except peewee.OperationalError:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(LOOK_AGAIN_S)
        finally:
            self.execute_sql(f"PRAGMA busy_timeout = {int(self._patience_s * 1000)}")

    def _pass_on(self) -> None:
        if getattr(self._mine, "turn", False):
            self._mine.turn = False
            self._turn.release()
