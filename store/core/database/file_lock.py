"""A file lock that makes processes write to one SQLite file in turn.

A process that has just written waits behind one that was already waiting. The operating system releases the
lock when a process ends, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import peewee

POLL_INTERVAL_S = 0.0005


class FileLock:
    """A file that one process at a time locks."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    @contextmanager
    def hold(self, deadline: float) -> Iterator[None]:
        """Hold the lock for the block. Raises the same error as SQLite if it stays locked until the timeout."""
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        file = self._file
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise peewee.OperationalError("database is locked")
            time.sleep(POLL_INTERVAL_S)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
