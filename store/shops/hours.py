"""Opening hours (营业时间): spans by weekday, other spans on named days, read on the wall clock.

`{"mon": [["08:00", "12:00"], ["14:00", "22:00"]], "sat": [["20:00", "02:00"]]}`: a span that ends at or
before its start runs past midnight and belongs to the day on which it began; `00:00`–`24:00` is the whole
day; a weekday left out is a day of rest. `{"2026-10-01": []}` among the holidays closes that one day.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from store.core import weekdays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOKAHEAD_DAYS = 31
_MINUTES_PER_DAY = 24 * 60
_MAX_CACHED = 2_000  # kept in a process
_status_cache: dict[tuple[str, str, datetime], tuple[bool, str]] = {}

ClockTime = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Span = tuple[ClockTime, ClockTime]


def _validate_spans(spans: list[Span]) -> list[Span]:
    """Return the spans of one day sorted. Raises ValueError for empty or overlapping ones."""
    spans = sorted(spans)
    for begin, end in spans:
        if begin in (end, "24:00"):
            raise ValueError("时段不能为空，全天请写 00:00–24:00")
    for (begin, end), (following, _) in pairwise(spans):
        if end < begin or following < end:
            raise ValueError("同一天的时段不能重叠")
    return spans


Spans = Annotated[list[Span], Field(max_length=6), AfterValidator(_validate_spans)]


class Week(BaseModel):
    """The spans of each weekday."""

    model_config = ConfigDict(extra="forbid")

    mon: Spans = []
    tue: Spans = []
    wed: Spans = []
    thu: Spans = []
    fri: Spans = []
    sat: Spans = []
    sun: Spans = []


Holidays = Annotated[dict[date, Spans], Field(max_length=400)]

# As stored: week by weekday, holidays by ISO date.
HoursJson = dict[str, list[list[str]]]


def open_status(week: HoursJson, holidays: HoursJson, local_time: datetime) -> tuple[bool, str]:
    """Return whether the shop is open at a local time, and the text for it.

    Hours are whole minutes and a chain has few different ones, so a result is cached for all its shops.
    """
    minute = local_time.replace(second=0, microsecond=0, tzinfo=None)  # two zones show one moment differently
    key = (str(week), str(holidays), minute)
    if key not in _status_cache:
        if len(_status_cache) >= _MAX_CACHED:
            _status_cache.clear()
        _status_cache[key] = (is_open(week, holidays, minute), status_text(week, holidays, minute))
    return _status_cache[key]


def is_open(week: HoursJson, holidays: HoursJson, local_time: datetime) -> bool:
    """Return whether the local time `at` is within a span."""
    return _closing_time(week, holidays, local_time.replace(tzinfo=None)) is not None


def status_text(week: HoursJson, holidays: HoursJson, local_time: datetime) -> str:
    """Return `营业中 · 22:00 打烊`, `休息中 · 明天 08:00 营业`, or nothing for a shop without hours."""
    if not week and not holidays:
        return ""
    local_time = local_time.replace(tzinfo=None)
    closing = _closing_time(week, holidays, local_time)
    if closing is not None:
        return f"营业中 · {_closing_text(closing, local_time)}"
    opening = next(
        (begin for begin, _ in _spans_around(week, holidays, local_time.date()) if begin > local_time), None
    )
    return f"休息中 · {_opening_text(opening, local_time)}" if opening else "休息中"


def _closing_time(week: HoursJson, holidays: HoursJson, local_time: datetime) -> datetime | None:
    """Return the end of the current opening over adjacent spans; None while closed."""
    closing: datetime | None = None
    for begin, end in _spans_around(week, holidays, local_time.date()):
        if begin > (closing or local_time):
            break
        if end > local_time:
            closing = max(closing or end, end)
    return closing


def _spans_around(week: HoursJson, holidays: HoursJson, today: date) -> Iterator[tuple[datetime, datetime]]:
    """Return the spans from yesterday, which may run past midnight, to a month ahead."""
    for ahead in range(-1, _LOOKAHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        spans = holidays.get(day.isoformat(), week.get(WEEKDAYS[day.weekday()], []))
        midnight = datetime.combine(day, time.min)
        for begin, end in spans:
            minutes = _to_minutes(end) + (_MINUTES_PER_DAY if end <= begin else 0)
            yield midnight + timedelta(minutes=_to_minutes(begin)), midnight + timedelta(minutes=minutes)


def _closing_text(closing: datetime, local_time: datetime) -> str:
    days = (closing.date() - local_time.date()).days
    if days > 7:
        return "24 小时营业"
    if closing.time() == time.min and days == 1:
        return "24:00 打烊"
    when = {0: "", 1: "次日 "}.get(days, f"{weekdays.LABELS[closing.weekday()]} ")
    return f"{when}{closing:%H:%M} 打烊"


def _opening_text(opening: datetime, local_time: datetime) -> str:
    days = (opening.date() - local_time.date()).days
    if days < 7:
        when = {0: "", 1: "明天 "}.get(days, f"{weekdays.LABELS[opening.weekday()]} ")
    else:
        when = f"{opening.month} 月 {opening.day} 日 "
    return f"{when}{opening:%H:%M} 营业"


def _to_minutes(clock_time: str) -> int:
    return int(clock_time[:2]) * 60 + int(clock_time[3:])
