"""The clock: UTC times, and business days in a time zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = "Asia/Shanghai"


def now() -> datetime:
    """Return the current time, aware, in UTC."""
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
