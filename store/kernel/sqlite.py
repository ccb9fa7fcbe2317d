"""SQLite with writers that take turns, ride together and share the disk's time.

SQLite lets one writer in at a time; the others nap, longer and longer, and look again, so that under
load a writer waits far beyond its turn. Here the threads of a process queue, first come first served. The
one whose turn it is stands in the turnstile, a file beside the database, in which no two processes stand at
once, and looks again every half millisecond: so the processes take turns as well, however busy one is.

Whoever is next in the queue need not wait for a commit: it goes on in the same transaction, behind a
savepoint, on the one connection that all writers of the process share. The last of the ride commits for
all of them, with one fsync after the next ride was let in; nobody's commit returns before that. So a
commit is durable when it returns, as with `synchronous=FULL` (docs/decisions/0005-shared-fsync.md).
"""

import os
import sys
import threading
import time
from collections import deque
from typing import Any

import peewee
from playhouse.pool import PooledDatabase, PooledSqliteDatabase

from store.kernel import turnstile
from store.kernel.turnstile import Turnstile

SEATS = (
    8  # transactions in one commit: the first of them waits for the last, and who has just missed it for both
)


class Sqlite(PooledSqliteDatabase):
    """A pooled SQLite database; `begin` waits up to `patience_s` and then fails as SQLite would."""

    def __init__(self, path: str, *, patience_s: float, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._patience_s = patience_s
        self._queue = _Queue()
        self._log = _Log(f"{path}-wal")
        self._writer: Any = None  # the connection on which all writing is done
        self._ride: _Ride | None = None  # the transaction that is open on it
        self._turnstile = Turnstile(f"{path}-turn")
        self._mine = _Mine()

    def begin(self, lock_type: str | None = None) -> None:
        until = time.monotonic() + self._patience_s
        if not self._queue.enter(self._patience_s):
            raise peewee.OperationalError("database is locked")
        try:
            self._get_in()
            self._mine.joined = self._ride is not None
            if self._ride is not None:
                self.execute_sql("SAVEPOINT door")
            else:
                self._start(until, lock_type)
                self._ride = _Ride()
            self._mine.changes = self.connection().total_changes
        except BaseException:
            self._get_out() if self._ride is None else self._end(self._ride)
            raise

    def commit(self) -> None:
        ride = self._ride
        assert ride is not None
        ride.wrote |= self.connection().total_changes != self._mine.changes
        if self._mine.joined:
            self.execute_sql("RELEASE door")
        ride.riders += 1
        if ride.riders < SEATS and self._hand_over(ride):
            ride.ended.wait()
        else:
            self._end(ride)
        if ride.failure is not None:
            raise type(ride.failure)(*ride.failure.args) from ride.failure

    def rollback(self) -> None:
        ride = self._ride
        if ride is None or not self._mine.inside:
            return  # the commit failed: there is nothing left to undo, and somebody else may be at it
        if not self.connection().in_transaction:  # after a full disk SQLite has undone the whole ride
            why = sys.exception()  # all who rode are told the same
            undone = peewee.OperationalError("the transaction was undone with another one")
            ride.failure = why if isinstance(why, peewee.DatabaseError) else undone
            self._end(ride)
        elif not self._mine.joined:
            super().rollback()
            self._end(ride)
        else:
            self.execute_sql("ROLLBACK TO door")
            self.execute_sql("RELEASE door")
            if not self._hand_over(ride):
                self._end(ride)

    def close_all(self) -> None:
        super().close_all()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self._turnstile.close()

    def _get_in(self) -> None:
        """Let this thread's statements run on the writing connection until it gets out."""
        if self._writer is None:
            self._writer = super(PooledDatabase, self)._connect()
            self._writer.execute("PRAGMA busy_timeout = 0")  # `_start` has a patience of its own
        self._mine.reader, self._mine.inside = self._state.conn, True
        self._state.conn = self._writer

    def _get_out(self) -> None:
        """Leave the writing connection; whoever waits longest has the turn."""
        if self._mine.inside:
            self._step_aside()
        self._queue.leave()

    def _start(self, until: float, lock_type: str | None) -> None:
        with self._turnstile.entered(until):
            while True:
                try:
                    super().begin(lock_type)
                    return
                except peewee.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= until:
                        raise
                    time.sleep(turnstile.LOOK_AGAIN_S)

    def _hand_over(self, ride: "_Ride") -> bool:
        """Give the open transaction to the next writer, if there is one; what was done in it stays in it."""
        if not self._queue.waiting:
            return False
        self._step_aside()
        if self._queue.next():
            return True
        self._get_in()
        return False

    def _step_aside(self) -> None:
        self._state.conn, self._mine.inside = self._mine.reader, False

    def _end(self, ride: "_Ride") -> None:
        """Commit for everybody who rode, make it durable, and tell them."""
        try:
            if self.connection().in_transaction:
                self._commit_or_undo()
        except BaseException as error:
            ride.failure = error
        self._ride = None
        self._get_out()
        try:
            if ride.wrote and ride.failure is None:
                self._log.flush()
        except OSError as error:
            ride.failure = error
        ride.ended.set()

    def _commit_or_undo(self) -> None:
        try:
            super().commit()  # synchronous=NORMAL: written, in order and with checksums, not yet on disk
        except BaseException:
            if self.connection().in_transaction:
                super().rollback()
            raise


class _Mine(threading.local):
    """What a thread knows of its own part."""

    inside = False  # whether it has the writing connection
    joined = False  # whether it came aboard when others had written already
    changes = 0  # rows written on the connection before it
    reader: Any = None  # its own connection meanwhile


class _Ride:
    """One transaction of SQLite that several of ours share."""

    def __init__(self) -> None:
        self.riders = 0  # that have done their part and wait for the end
        self.wrote = False
        self.failure: BaseException | None = None
        self.ended = threading.Event()


class _Queue:
    """The threads that want to write: one has the turn, the others wait in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self.waiting: deque[threading.Event] = deque()

    def enter(self, patience_s: float) -> bool:
        """Wait for the turn; False when it did not come in time."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Event()
            self.waiting.append(called)
        if called.wait(patience_s):
            return True
        with self._lock:
            if called.is_set():
                return True
            self.waiting.remove(called)
        return False

    def next(self) -> bool:
        """Pass the turn on; False when nobody waits, and then it is kept."""
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
                return True
        return False

    def leave(self) -> None:
        """Pass the turn on, or leave it to whoever comes next."""
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self._taken = False


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
