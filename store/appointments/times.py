"""Times of appointments as texts, by the wall clock of the shop."""

from datetime import date, datetime

from store.core.weekdays import LABELS
from store.tenants import business_days


def format_time(moment: datetime) -> str:
    """Return `16:00`."""
    return business_days.to_local(moment).strftime("%H:%M")


def format_moment(moment: datetime) -> str:
    """Return `11月8日 16:00`."""
    local = business_days.to_local(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def format_day(day: date) -> str:
    """Return `11月8日 周日`."""
    return f"{day.month}月{day.day}日 {LABELS[day.isoweekday() - 1]}"
