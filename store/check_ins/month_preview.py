"""The points of a month with a check-in on every day (签到预览)."""

from dataclasses import dataclass

from store.check_ins import streak_rewards
from store.check_ins.check_ins import CheckInSettings

DAYS = 31


@dataclass(frozen=True)
class CheckInDay:
    """A day in a row, counted from 1: its points, the extra points of its streak, and all points up to it."""

    streak: int
    points: int
    extra: int
    total: int


def preview_month(rules: CheckInSettings, *, days: int = DAYS) -> list[CheckInDay]:
    """Return the days of a run that begins with its first day."""
    found: list[CheckInDay] = []
    for streak in range(1, days + 1):
        extra = streak_rewards.reward_of_day(streak, rules.streaks)
        before = found[-1].total if found else 0
        found.append(CheckInDay(streak, rules.points, extra, before + rules.points + extra))
    return found
