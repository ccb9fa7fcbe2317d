"""What ends soon (即将过期): the points of an account whose last day is near, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from store.company import calendar
from store.kernel import clock
from store.loyalty.point_accounts import PointAccount, PointLot

AHEAD_DAYS = 30
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Ending:
    """`points` of an account can be used on `last_day` for the last time."""

    last_day: date
    points: int


def ahead(account: PointAccount, *, days: int = AHEAD_DAYS) -> list[Ending]:
    """What is left in lots whose last day is today or within so many days, the first to end first."""
    near = calendar.end_of(calendar.today() + timedelta(days=days))
    ending = PointLot.select(PointLot.left, PointLot.expires_at).where(
        (PointLot.account == account)
        & (PointLot.left > 0)
        & (PointLot.expires_at > clock.now())
        & (PointLot.expires_at <= near)
    )
    rows: Any = ending.order_by(PointLot.expires_at).tuples()
    sums: dict[date, int] = {}
    for left, until in rows:
        last_day = calendar.day_of(until - _MOMENT)
        sums[last_day] = sums.get(last_day, 0) + left
    return [Ending(last_day=day, points=points) for day, points in sums.items()]
