"""Streak rewards (连签奖励): extra points on days of a cycle, which begins anew after its longest reward day.

`streaks` maps a day of the cycle to the extra points of that day.
"""

import functools
import math
from collections.abc import Mapping

_COMPARED_CYCLES = 2


def cycle_days(streaks: Mapping[int, int]) -> int | None:
    """Return the length of a cycle, which is the longest day with a reward, or None without rewards."""
    return max((day for day, extra in streaks.items() if extra), default=None)


def reward_of_day(streak: int, streaks: Mapping[int, int]) -> int:
    """Return the extra points of one day of a run, counted from 1."""
    cycle = cycle_days(streaks)
    return streaks.get((streak - 1) % cycle + 1, 0) if cycle else 0


def total_reward(days: int, streaks: Mapping[int, int]) -> int:
    """Return the extra points that a run of days earns in total."""
    cycle = cycle_days(streaks)
    if cycle is None:
        return 0
    whole, rest = divmod(days, cycle)
    return whole * sum(streaks.values()) + sum(extra for day, extra in streaks.items() if day <= rest)


def find_next(streak: int, streaks: Mapping[int, int]) -> tuple[int, int] | None:
    """Return the next rewarded day of a run after `streak` days and its extra points, or None."""
    cycle = cycle_days(streaks)
    if cycle is None:
        return None
    began, rest = streak - streak % cycle, streak % cycle
    day = min(day for day, extra in streaks.items() if extra and day > rest)
    return began + day, streaks[day]


def describe_profitable_gap(streaks: Mapping[int, int], daily: int) -> str | None:
    """Return an example of missed days that earn more than none, in Chinese, or None if no gap does.

    Whole cycles are compared, with the `daily` points that a missed day does not earn.
    """
    return _describe(tuple(sorted((day, extra) for day, extra in streaks.items() if extra)), daily)


@functools.lru_cache(maxsize=256)
def _describe(rewards: tuple[tuple[int, int], ...], daily: int) -> str | None:
    if not rewards:
        return None
    streaks = dict(rewards)
    for cycles in range(1, _COMPARED_CYCLES + 1):
        days = cycles * max(streaks)
        missed, total = _best_with_gaps(days, streaks, daily)
        without = total_reward(days, streaks) + days * daily
        if total > without:
            return f"{days} 天里漏签{_list_days(missed)}共得 {total} 分，天天签到只得 {without} 分"
    return _describe_lasting_gap(streaks, daily)


def _best_with_gaps(days: int, streaks: Mapping[int, int], daily: int) -> tuple[list[int], int]:
    """Return the missed days that earn the most in `days` days, at least one, and the points.

    `best[n]` is the most that `n` days earn of which the last one is missed, and `start[n]` a missed day before it,
    or 0. A run is compared at its rewarded days only, because the days between add the same everywhere.
    """
    steps = [(0, 0)] + [
        (day, total_reward(day, streaks)) for day in range(1, days) if reward_of_day(day, streaks)
    ]
    best, start, prefix = [0], [0], [0]
    for end in range(1, days + 1):
        value, before = max(
            (best[prefix[end - 1 - day]] + total, prefix[end - 1 - day]) for day, total in steps if day < end
        )
        best.append(value - daily)
        start.append(before)
        prefix.append(end if best[end] > best[prefix[-1]] else prefix[-1])
    with_gap = _running_best(best[1:])
    value, last = max(
        (best[with_gap[days - day - 1]] + total, with_gap[days - day - 1])
        for day, total in steps
        if day < days
    )
    missed = []
    while last:
        missed.append(last)
        last = start[last]
    return missed[::-1], value + days * daily


def _running_best(values: list[int]) -> list[int]:
    """Return for each of the first days the missed day, counted from 1, up to which the most was earned."""
    found: list[int] = []
    for day, value in enumerate(values, 1):
        found.append(day if not found or value > values[found[-1] - 1] else found[-1])
    return found


def _describe_lasting_gap(streaks: Mapping[int, int], daily: int) -> str | None:
    """Return an example of a pattern that earns more when it is repeated, or None."""
    cycle, all_rewards = max(streaks), sum(streaks.values())
    for run in streaks:
        days = math.lcm(run + 1, cycle)
        total = days // (run + 1) * (total_reward(run, streaks) + run * daily)
        without = days // cycle * all_rewards + days * daily
        if total > without:
            return f"每签 {run} 天漏 1 天，{days} 天共得 {total} 分，天天签到只得 {without} 分"
    return None


def _list_days(days: list[int]) -> str:
    listed = "、".join(map(str, days[:3]))
    return f"第 {listed} 天" if len(days) <= 3 else f"第 {listed} 天等 {len(days)} 天"
