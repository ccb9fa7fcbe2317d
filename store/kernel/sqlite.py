"""SQLite with writers that take turns and share the disk's time.

SQLite lets one writer in at a time; the others nap, longer and longer, and look again, so that under
load a writer waits far beyond its turn. Here the threads of a process queue at a lock, and the one at
its head looks again every half millisecond until the other processes let it in.

A commit is durable when it returns, as with `synchronous=FULL`, but the fsync happens after the next
writer was let in, and one fsync serves all who wait for it (docs/decisions/0005-shared-fsync.md).
"""

import os
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
        self._log = _Log(f"{path}-wal")
        self._mine = threading.local()

    def begin(self, lock_type: str | None = None) -> None:
        until = time.monotonic() + self._patience_s
        if not self._turn.acquire(timeout=self._patience_s):
            raise peewee.OperationalError("database is locked")
        self._mine.turn = True
        try:
            self._begin_before(until, lock_type)
            self._mine.changes = self.connection().total_changes
        except BaseException:
            self._pass_on()
            raise

    def commit(self) -> Any:
        wrote = self.connection().total_changes != self._mine.changes
        done = super().commit()  # synchronous=NORMAL: written, in order and with checksums, not yet on disk
        self._pass_on()
        if wrote:
            self._log.flush()
        return done

    def rollback(self) -> Any:
        try:
            # After a full disk, or a commit whose fsync failed, SQLite has no transaction left to roll
            # back; asking for it all the same would hide the error that brought us here.
            return super().rollback() if self.connection().in_transaction else None
        finally:
            self._pass_on()

    def _begin_before(self, until: float, lock_type: str | None) -> None:
        self.execute_sql("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    super().begin(lock_type)
                    return
                except peewee.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= until:
                        raise
                    time.sleep(LOOK_AGAIN_S)
        finally:
            self.execute_sql(f"PRAGMA busy_timeout = {int(self._patience_s * 1000)}")

    def _pass_on(self) -> None:
        if getattr(self._mine, "turn", False):
            self._mine.turn = False
            self._turn.release()


class _Log:
    """The write-ahead log file of a database, made durable for many commits by one fsync."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None
        self._syncing = threading.Lock()
        self._counting = threading.Lock()
        self._committed = 0
        self._durable = 0
        self._failed: OSError | None = None

    def flush(self) -> None:
        """Return once everything committed so far is on disk; raises OSError when the disk fails.

        Once it failed it fails until the process is started anew: the kernel may have dropped what it
        could not write, so a later fsync that succeeds would say nothing about the commits before it.
        """
        with self._counting:
            self._committed += 1
            mine = self._committed
        with self._syncing:
            if self._durable >= mine:
                return  # the fsync of somebody who came later covered this commit
            if self._failed is not None:
                raise OSError(self._failed.errno, "an earlier fsync of the log failed")
            upto = self._committed
            try:
                os.fdatasync(self._open())
            except OSError as error:
                self._failed = error
                raise
            self._durable = upto

    def _open(self) -> int:
        """The log as it is now: SQLite removes and remakes the file when the last connection closes."""
        there = os.stat(self._path)
        if self._file is not None and os.fstat(self._file).st_ino != there.st_ino:
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR)
        return self._file
