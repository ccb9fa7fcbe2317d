"""Opening hours as people write them, at the command line and in CSV files.

周一至周五 08:00-22:00; 周六、周日 09:00-12:00, 14:00-20:00
每天 00:00-24:00
2026-10-01至2026-10-03 休息; 2026-10-04 10:00-18:00
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from store.core.errors import invalid
from store.core.weekdays import LABELS, format_weekdays
from store.shops.hours import WEEKDAYS, HoursJson

MAX_RANGE_DAYS = 400
CLOSED = "休息"
_HOURS_EXAMPLE = "应写成“周一至周五 08:00-22:00; 周六、周日 10:00-02:00”"
_HOLIDAYS_EXAMPLE = "应写成“2026-10-01至2026-10-03 休息; 2026-10-04 10:00-18:00”"
_ENTRY = re.compile(r"(\S+(?: *[、至] *\S+)*) +(.+)")
_SPAN = re.compile(r"([0-9]{1,2}:[0-9]{2}) *[-–—~至] *([0-9]{1,2}:[0-9]{2})")
_RANGE_SEPARATOR = re.compile(r" *(?:至|~) *")


def parse_hours(text: str) -> HoursJson:
    """Parse the hours of the weekdays. Weekdays that are not named are closed. Raises DomainError(invalid)."""
    week: HoursJson = {}
    for days, spans in _split_entries(text, "hours", _HOURS_EXAMPLE):
        for day in _parse_weekdays(days):
            if day in week:
                raise invalid("hours", f"{LABELS[WEEKDAYS.index(day)]}写了两次")
            week[day] = spans
    return {day: spans for day, spans in week.items() if spans}


def parse_holidays(text: str) -> HoursJson:
    """Parse the hours of single days. Raises DomainError(invalid)."""
    holidays: HoursJson = {}
    for days, spans in _split_entries(text, "holidays", _HOLIDAYS_EXAMPLE):
        for day in _parse_dates(days):
            if day.isoformat() in holidays:
                raise invalid("holidays", f"{day} 写了两次")
            holidays[day.isoformat()] = spans
    return holidays


def format_hours(week: HoursJson) -> str:
    """Format the hours of the weekdays as `parse_hours` reads them."""
    days_by_spans: dict[str, list[int]] = {}
    for number, day in enumerate(WEEKDAYS, 1):
        if week.get(day):
            days_by_spans.setdefault(_format_spans(week[day]), []).append(number)
    return "; ".join(f"{format_weekdays(days)} {spans}" for spans, days in days_by_spans.items())


def format_holidays(holidays: HoursJson) -> str:
    """Format the hours of single days as `parse_holidays` reads them."""
    runs: list[tuple[date, date, str]] = []
    for text in sorted(holidays):
        day, spans = date.fromisoformat(text), _format_spans(holidays[text])
        if runs and runs[-1][2] == spans and runs[-1][1] + timedelta(days=1) == day:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    return "; ".join(
        f"{first if first == last else f'{first}至{last}'} {spans}" for first, last, spans in runs
    )


def _split_entries(text: str, field: str, example: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the days and the spans of each entry."""
    for entry in filter(None, (part.strip() for part in re.split(r"[;；\n]", text.replace("：", ":")))):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise invalid(field, example)
        yield match[1], _parse_spans(match[2], field, example)


def _parse_spans(text: str, field: str, example: str) -> list[list[str]]:
    if text.strip() == CLOSED:
        return []
    spans = []
    for part in re.split(r"[,，、]", text):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise invalid(field, example)
        spans.append([time.rjust(5, "0") for time in match.groups()])
    return sorted(spans)


def _parse_weekdays(text: str) -> Iterator[str]:
    """Yield the weekdays of `周一至周五`, `周六、周日`, `每天` or `mon-fri`."""
    if text == "每天":
        yield from WEEKDAYS
        return
    for part in re.split(r"[,，、]", text.lower()):
        ends = [_parse_weekday(end) for end in re.split(r" *(?:至|~|-|–) *", part.strip())]
        if len(ends) > 2:
            raise invalid("hours", _HOURS_EXAMPLE)
        days = (ends[-1] - ends[0]) % len(WEEKDAYS)  # 周六至周一 runs past the end of the week
        for ahead in range(days + 1):
            yield WEEKDAYS[(ends[0] + ahead) % len(WEEKDAYS)]


def _parse_weekday(text: str) -> int:
    names = text.replace("星期", "周").replace("周天", "周日")
    for known in (WEEKDAYS, LABELS):
        if names in known:
            return known.index(names)
    raise invalid("hours", _HOURS_EXAMPLE)


def _parse_dates(text: str) -> Iterator[date]:
    """Yield the days of `2026-10-01` or `2026-10-01至2026-10-07`."""
    ends = [_parse_date(end) for end in _RANGE_SEPARATOR.split(text)]
    days = (ends[-1] - ends[0]).days
    if len(ends) > 2 or days < 0:
        raise invalid("holidays", _HOLIDAYS_EXAMPLE)
    if days >= MAX_RANGE_DAYS:
        raise invalid("holidays", f"最多 {MAX_RANGE_DAYS} 天")
    for ahead in range(days + 1):
        yield ends[0] + timedelta(days=ahead)


def _parse_date(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise invalid("holidays", _HOLIDAYS_EXAMPLE)


def _format_spans(spans: list[list[str]]) -> str:
    return ",".join(f"{begin}-{end}" for begin, end in spans) or CLOSED
