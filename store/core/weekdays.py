"""Weekdays in Chinese texts."""

from collections.abc import Iterable

LABELS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_MIN_RANGE = 3  # two days that follow each other are listed: 周六、周日


def format_weekdays(days: Iterable[int]) -> str:
    """Format ISO weekdays (1 is Monday): `周一至周五`, `周六、周日`, `每天`, or nothing without days."""
    chosen = sorted(set(days))
    if len(chosen) == len(LABELS):
        return "每天"
    return "、".join(_format_range(first, last) for first, last in _find_ranges(chosen))


def _find_ranges(days: list[int]) -> Iterable[tuple[int, int]]:
    """Yield the first and the last day of each run that is listed as one range."""
    start = 0
    for index in range(1, len(days) + 1):
        if index == len(days) or days[index] != days[index - 1] + 1:
            run = days[start:index]
            yield from [(run[0], run[-1])] if len(run) >= _MIN_RANGE else [(day, day) for day in run]
            start = index


def _format_range(first: int, last: int) -> str:
    return LABELS[first - 1] if first == last else f"{LABELS[first - 1]}至{LABELS[last - 1]}"
