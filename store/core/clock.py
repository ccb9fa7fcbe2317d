"""The clock: UTC times, and business days in a time zone.

A demo installation follows the clock of the sandbox, which a person can advance (see `follow`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = "Asia/Shanghai"
MAX_OFFSET = timedelta(days=3660)
_REREAD_AFTER_S = 0.1


class _OffsetFile:
    """The file in which the sandbox keeps by how much its clock is ahead; it is read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path, self._read_at, self._changed_at_ns = path, float("-inf"), -1
        self._offset = timedelta()

    def read(self) -> timedelta:
        if monotonic() - self._read_at >= _REREAD_AFTER_S:
            self._read_at = monotonic()
            self._read_if_changed()
        return self._offset

    def _read_if_changed(self) -> None:
        """Read the offset. A file that is missing or invalid means no offset."""
        try:
            changed_at_ns = self._path.stat().st_mtime_ns
            if changed_at_ns == self._changed_at_ns:
                return
            offset = timedelta(seconds=json.loads(self._path.read_text())["offset_s"])
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            self._changed_at_ns, self._offset = -1, timedelta()
            return
        self._changed_at_ns = changed_at_ns
        self._offset = offset if timedelta() <= offset <= MAX_OFFSET else timedelta()


_offset_file: _OffsetFile | None = None
_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def follow(path: Path | None) -> None:
    """Follow the clock of a sandbox by its file, or with None only the clock of the machine, as in production."""
    global _offset_file
    _offset_file = _OffsetFile(path) if path else None


@contextmanager
def use_moment(moment: datetime) -> Iterator[None]:
    """Let the block run at a moment of the past, as the demo's history needs it."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    moment = _moment.get()
    if moment is not None:
        return moment
    return machine_time() if _offset_file is None else machine_time() + _offset_file.read()


def machine_time() -> datetime:
    """Return the time of the machine, also where the clock follows a sandbox."""
    return datetime.now(UTC)


def today(zone: str = DEFAULT_ZONE) -> date:
    """Return the current business day in `zone`."""
    return day_of(now(), zone)


def day_of(moment: datetime, zone: str = DEFAULT_ZONE) -> date:
    """Return the business day of a time."""
    return moment.astimezone(_load_zone(zone)).date()


@lru_cache(maxsize=1024)
def start_of(day: date, zone: str = DEFAULT_ZONE) -> datetime:
    """Return the first moment of a business day in UTC."""
    return datetime.combine(day, time.min, _load_zone(zone)).astimezone(UTC)


def end_of(day: date, zone: str = DEFAULT_ZONE) -> datetime:
    """Return the first moment after a business day in UTC."""
    return start_of(day + timedelta(days=1), zone)


def to_local(moment: datetime, zone: str = DEFAULT_ZONE) -> datetime:
    """Return a time in the local time of `zone`."""
    return moment.astimezone(_load_zone(zone))


def is_zone(name: str) -> bool:
    """Return whether a time zone such as `Asia/Shanghai` exists."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):  # a path, a folder of zones, a stranger
        return False
    return True


@lru_cache(maxsize=64)
def _load_zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
