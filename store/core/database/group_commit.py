"""SQLite with queued writers and group commit.

SQLite admits one writer; the others sleep for growing times and try again, so under load a writer waits far too
long. Here the threads of a process queue, first come first served. The first one of the queue acquires a file
lock beside the database, polling every half millisecond, so processes take turns too.

The next writer of the queue need not wait for a commit: it continues in the same transaction, behind a
savepoint, on the one connection that all writers of the process share. The last writer of the group commits for
all of them and calls fsync once, after it has admitted the next group. No `commit()` of the group returns before
that fsync, so a commit is durable when it returns, as with `synchronous=FULL` (docs/decisions/0005).
"""

import os
import sys
import threading
import time
from collections import deque
from typing import Any

import peewee
from playhouse.pool import PooledDatabase, PooledSqliteDatabase

from store.core.database import file_lock
from store.core.database.file_lock import FileLock

# Transactions of one commit, as many as a web process has threads. The first of them waits for the last one.
MAX_GROUP_SIZE = 16


class GroupCommitSqlite(PooledSqliteDatabase):
    """A pooled SQLite database; `begin` waits up to its timeout and then raises SQLite's error."""

    def __init__(self, path: str, *, timeout_s: float, **settings: Any) -> None:
        super().__init__(path, **settings)
        self._timeout_s = timeout_s
        self._queue = _WriterQueue()
        self._wal_sync = _WalSync(f"{path}-wal")
        self._writer: Any = None  # the connection on which all writing is done
        self._group: _CommitGroup | None = None  # the transaction that is open on it
        self._file_lock = FileLock(f"{path}.write-lock")
        self._thread = _ThreadState()

    def begin(self, lock_type: str | None = None) -> None:
        until = time.monotonic() + self._timeout_s
        if not self._queue.acquire(self._timeout_s):
            raise peewee.OperationalError("database is locked")
        try:
            self._attach_writer()
            self._thread.joined_group = self._group is not None
            if self._group is not None:
                self.execute_sql("SAVEPOINT writer")
            else:
                self._begin_group(until, lock_type)
                self._group = _CommitGroup()
            self._thread.changes_before = self.connection().total_changes
        except BaseException:
            self._release_writer() if self._group is None else self._commit_group(self._group)
            raise

    def commit(self) -> None:
        group = self._group
        assert group is not None
        group.has_writes |= self.connection().total_changes != self._thread.changes_before
        if self._thread.joined_group:
            self.execute_sql("RELEASE writer")
        group.finished_count += 1
        if group.finished_count < MAX_GROUP_SIZE and self._pass_to_next(group):
            group.finished.wait()
        else:
            self._commit_group(group)
        if group.failure is not None:
            raise type(group.failure)(*group.failure.args) from group.failure

    def rollback(self) -> None:
        group = self._group
        if group is None or not self._thread.has_writer:
            return  # the commit failed: nothing is left to undo, and another writer may have begun
        if not self.connection().in_transaction:  # after a full disk SQLite has undone the whole group
            why = sys.exception()  # every writer of the group raises the same error
            undone = peewee.OperationalError("the transaction was undone with another one")
            group.failure = why if isinstance(why, peewee.DatabaseError) else undone
            self._commit_group(group)
        elif not self._thread.joined_group:
            super().rollback()
            self._commit_group(group)
        else:
            self.execute_sql("ROLLBACK TO writer")
            self.execute_sql("RELEASE writer")
            if not self._pass_to_next(group):
                self._commit_group(group)

    def close_all(self) -> None:
        super().close_all()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self._file_lock.close()

    def _attach_writer(self) -> None:
        """Run this thread's statements on the writing connection until it is released."""
        if self._writer is None:
            self._writer = super(PooledDatabase, self)._connect()
            self._writer.execute("PRAGMA busy_timeout = 0")  # `_start` has a patience of its own
        self._thread.reader, self._thread.has_writer = self._state.conn, True
        self._state.conn = self._writer

    def _release_writer(self) -> None:
        """Release the writing connection and admit the thread that has waited longest."""
        if self._thread.has_writer:
            self._detach_writer()
        self._queue.release()

    def _begin_group(self, deadline: float, lock_type: str | None) -> None:
        with self._file_lock.hold(deadline):
            while True:
                try:
                    super().begin(lock_type)
                    return
                except peewee.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= deadline:
                        raise
                    time.sleep(file_lock.POLL_INTERVAL_S)

    def _pass_to_next(self, group: "_CommitGroup") -> bool:
        """Pass the open transaction to the next waiting writer, if there is one, and return whether it was."""
        if not self._queue.waiting:
            return False
        self._detach_writer()
        if self._queue.pass_on():
            return True
        self._attach_writer()
        return False

    def _detach_writer(self) -> None:
        self._state.conn, self._thread.has_writer = self._thread.reader, False

    def _commit_group(self, group: "_CommitGroup") -> None:
        """Commit for all writers of the group, sync the log and wake them."""
        try:
            if self.connection().in_transaction:
                self._commit_or_rollback()
        except BaseException as error:
            group.failure = error
        self._group = None
        self._release_writer()
        try:
            if group.has_writes and group.failure is None:
                self._wal_sync.flush()
        except OSError as error:
            group.failure = error
        group.finished.set()

    def _commit_or_rollback(self) -> None:
        try:
            super().commit()  # synchronous=NORMAL: written, in order and with checksums, not yet on disk
        except BaseException:
            if self.connection().in_transaction:
                super().rollback()
            raise


class _ThreadState(threading.local):
    """The transaction state of a thread."""

    has_writer = False  # whether it has the writing connection
    joined_group = False  # whether it came aboard when others had written already
    changes_before = 0  # rows written on the connection before it
    reader: Any = None  # its own connection meanwhile


class _CommitGroup:
    """One transaction of SQLite that several writers share."""

    def __init__(self) -> None:
        self.finished_count = 0  # that have done their part and wait for the end
        self.has_writes = False
        self.failure: BaseException | None = None
        self.finished = threading.Event()


class _WriterQueue:
    """The threads that wait to write, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_held = False
        self.waiting: deque[threading.Event] = deque()

    def acquire(self, timeout_s: float) -> bool:
        """Wait to become the writer; return False after the timeout."""
        with self._lock:
            if not self._is_held:
                self._is_held = True
                return True
            called = threading.Event()
            self.waiting.append(called)
        if called.wait(timeout_s):
            return True
        with self._lock:
            if called.is_set():
                return True
            self.waiting.remove(called)
        return False

    def pass_on(self) -> bool:
        """Pass the writer role to the next waiting thread; return False and keep it if none waits."""
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
                return True
        return False

    def release(self) -> None:
        """Release the writer role."""
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self._is_held = False


class _WalSync:
    """The write-ahead log of a database; one fsync makes many commits durable."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None
        self._sync_lock = threading.Lock()
        self._count_lock = threading.Lock()
        self._committed_count = 0
        self._durable_count = 0
        self._error: OSError | None = None

    def flush(self) -> None:
        """Return when everything committed so far is on disk. Raises OSError if the disk fails.

        After a failure every further call fails until the process restarts: the kernel may have dropped pages, so a
        later successful fsync would prove nothing about earlier commits.
        """
        with self._count_lock:
            self._committed_count += 1
            mine = self._committed_count
        with self._sync_lock:
            if self._durable_count >= mine:
                return  # the fsync of a later commit covered this commit
            if self._error is not None:
                raise OSError(self._error.errno, "an earlier fsync of the log failed")
            upto = self._committed_count
            try:
                os.fdatasync(self._open())
            except OSError as error:
                self._error = error
                raise
            self._durable_count = upto

    def _open(self) -> int:
        """Open the current log file: SQLite removes and recreates it when the last connection closes."""
        there = os.stat(self._path)
        if self._file is not None and os.fstat(self._file).st_ino != there.st_ino:
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR)
        return self._file
