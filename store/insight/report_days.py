"""The days of a report: this month up to today, unless others are asked for."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from store.core import errors, input_limits
from store.tenants import business_days

Period = Literal["day", "week", "month"]
MAX_PERIODS = 100


def resolve(since: date | None, until: date | None) -> tuple[date, date]:
    """Return the first and the last day, both included. Raises DomainError(invalid)."""
    today = business_days.today()
    first, last = since or min(today, until or today).replace(day=1), until or today
    for name, day in (("since", first), ("until", last)):
        input_limits.check_day(day, field=name)
    if last < first:
        raise errors.invalid("until", "结束日期不能早于开始日期")
    return first, last


def list_periods(first: date, last: date, period: Period) -> list[tuple[date, date]]:
    """Return the first and last day of each period between two days. Weeks begin on Monday.

    Raises DomainError(invalid) for more than `MAX_PERIODS`.
    """
    found: list[tuple[date, date]] = []
    for end in _ends(first, last, period):
        if len(found) == MAX_PERIODS:
            raise errors.invalid("until", f"最多统计 {MAX_PERIODS} 个周期，请缩短日期范围或改按周、按月统计")
        found.append((first, end))
        first = end + timedelta(days=1)
    return found


def _ends(first: date, last: date, period: Period) -> Iterator[date]:
    day = first
    while day <= last:
        end = min(_end_of(day, period), last)
        yield end
        day = end + timedelta(days=1)


def _end_of(day: date, period: Period) -> date:
    if period == "day":
        return day
    if period == "week":
        return day + timedelta(days=6 - day.weekday())
    next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return next_month - timedelta(days=1)
