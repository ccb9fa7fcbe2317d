"""The business days of a tenant, in its one time zone."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator

from store.core import clock
from store.tenants import settings


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


def to_local(moment: datetime) -> datetime:
    """Return a time in the tenant's time zone."""
    return clock.to_local(moment, zone())
