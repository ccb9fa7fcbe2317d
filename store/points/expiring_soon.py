"""Points that expire soon (即将过期), by account and day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from store.core import clock
from store.points.ledger import PointAccount, PointLot
from store.tenants import business_days

DEFAULT_DAYS = 30
_EPSILON = timedelta(microseconds=1)


@dataclass(frozen=True)
class ExpiringPoints:
    """`points` of an account can be used until `last_day`."""

    last_day: date
    points: int


def list_expiring(account: PointAccount, *, days: int = DEFAULT_DAYS) -> list[ExpiringPoints]:
    """Return what remains in lots whose last day is within so many days, the first one first."""
    near = business_days.end_of(business_days.today() + timedelta(days=days))
    ending = PointLot.select(PointLot.remaining, PointLot.expires_at).where(
        (PointLot.account == account)
        & (PointLot.remaining > 0)
        & (PointLot.expires_at > clock.now())
        & (PointLot.expires_at <= near)
    )
    rows: Any = ending.order_by(PointLot.expires_at).tuples()
    sums: dict[date, int] = {}
    for left, until in rows:
        last_day = business_days.day_of(until - _EPSILON)
        sums[last_day] = sums.get(last_day, 0) + left
    return [ExpiringPoints(last_day=day, points=points) for day, points in sums.items()]
