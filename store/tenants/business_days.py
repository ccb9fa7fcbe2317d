"""The business days of a tenant, in its one time zone."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator

from store.core import clock, errors
from store.tenants import settings

T = TypeVar("T", date, datetime)


def _validate_zone(name: str) -> str:
    if not clock.is_zone(name):
        raise ValueError("不认识的时区，应如 Asia/Shanghai")
    return name


class BusinessDaySettings(settings.SettingsGroup, name="business_day"):
    """`zone` is an IANA name such as `Asia/Shanghai`."""

    zone: Annotated[str, AfterValidator(_validate_zone)] = clock.DEFAULT_ZONE


def zone() -> str:
    """Return the tenant's time zone."""
    return settings.read(BusinessDaySettings).zone


def today() -> date:
    """Return the current business day."""
    return clock.today(zone())


def day_of(moment: datetime) -> date:
    """Return the business day of a time."""
    return clock.day_of(moment, zone())


def start_of(day: date) -> datetime:
    """Return the first moment of a business day in UTC."""
    return clock.start_of(day, zone())


def end_of(day: date) -> datetime:
    """Return the first moment after a business day in UTC."""
    return clock.end_of(day, zone())


def end_of_past(day: date) -> datetime:
    """Return the first moment after a business day that has ended. Raises DomainError(invalid)."""
    ensure_past(day)
    return end_of(day)


def ensure_past(day: date) -> None:
    """Raise DomainError(invalid) if a business day has not ended."""
    if day >= today():
        raise errors.invalid("day", "只能处理已经结束的日期")


def run_all(run_batch: Callable[[T], int], until: T) -> int:
    """Run the batches of a day, or until a moment, and return how many rows they processed.

    `run_batch` is a transaction and returns 0 when nothing is left, so a run that was interrupted is continued.
    """
    return sum(iter(lambda: run_batch(until), 0))


def to_local(moment: datetime) -> datetime:
    """Return a time in the tenant's time zone."""
    return clock.to_local(moment, zone())
