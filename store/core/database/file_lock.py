"""A file lock: where the next process stands while another one writes to a SQLite file.

Whoever has just written finds it taken and comes after the one who waited. The lock is the operating
system's, which lets go of it when a process ends in whatever way.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import peewee

POLL_INTERVAL_S = 0.0005


class FileLock:
    """A file that one process at a time has locked."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    @contextmanager
    def hold(self, deadline: float) -> Iterator[None]:
        """Stand in it for the block; raises as SQLite would when nobody left it in time."""
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
