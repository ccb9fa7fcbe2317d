"""The company's calendar: the one time zone in which its days begin and end and its clocks are read."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator

from store.company import settings
from store.kernel import clock


def _known(name: str) -> str:
    if not clock.is_zone(name):
        raise ValueError("不认识的时区，应如 Asia/Shanghai")
    return name


class Calendar(settings.Topic):
    """`zone` is an IANA name such as `Asia/Shanghai`."""

    zone: Annotated[str, AfterValidator(_known)] = clock.DEFAULT_ZONE


def zone() -> str:
    """The company's time zone."""
    return settings.read(Calendar).zone


def today() -> date:
    """The business day that is running."""
    return clock.today(zone())


def day_of(moment: datetime) -> date:
    """The business day in which a moment falls."""
    return clock.day_of(moment, zone())


def start_of(day: date) -> datetime:
    """The first moment of a business day, in UTC."""
    return clock.start_of(day, zone())


def end_of(day: date) -> datetime:
    """The first moment after a business day, in UTC."""
    return clock.end_of(day, zone())


def local(moment: datetime) -> datetime:
    """A moment as the clocks in the company's shops show it."""
    return clock.local(moment, zone())
