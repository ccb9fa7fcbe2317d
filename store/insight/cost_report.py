"""Costs (成本统计): what points and coupons gave in a period, by cost centre."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.coupons.rules import CouponRule
from store.points.ledger import ENTRY_KINDS, PointAccount, PointEntry
from store.tenants import cost_centres

UNASSIGNED = "未指明成本中心"


@dataclass(frozen=True)
class Cost:
    """`points` by group id: given less taken back. `coupon_fen` is the discount or payment of used coupons.

    `centre` is empty for entries without a cost centre.
    """

    centre: str
    name: str
    points: dict[int, int]
    coupons: int = 0
    coupon_fen: int = 0


def list_by_cost_centre(*, since: datetime, until: datetime) -> list[Cost]:
    """Return the costs by cost centre from `since` until before `until`, last those without a cost centre."""
    points = _points_by_centre(since, until)
    used, worth = _coupons_by_centre(since, until)
    found = [
        Cost(row.code, row.name, points.get(row.code, {}), used[row.code], worth[row.code])
        for row in cost_centres.list_cost_centres()
    ]
    nobodys = points.get(None)
    return [*found, Cost("", UNASSIGNED, nobodys)] if nobodys else found


def sum_costs(costs: Iterable[Cost]) -> Cost:
    """Return the sum of costs."""
    points, coupons, coupon_fen = Counter[int](), 0, 0
    for cost in costs:
        for group_id, value in cost.points.items():
            points[group_id] += value
        coupons, coupon_fen = coupons + cost.coupons, coupon_fen + cost.coupon_fen
    return Cost("", "合计", dict(points), coupons, coupon_fen)


def _points_by_centre(since: datetime, until: datetime) -> dict[str | None, dict[int, int]]:
    """Return points by centre and group; redeemed and expired points without a centre are no cost."""
    found: dict[str | None, Counter[int]] = {}
    for centre, group_id, kind, value in point_totals(since=since, until=until):
        if centre is not None or ENTRY_KINDS[kind].accumulates:
            found.setdefault(centre, Counter())[group_id] += ENTRY_KINDS[kind].sign * value
    return {centre: dict(groups) for centre, groups in found.items()}


def _coupons_by_centre(since: datetime, until: datetime) -> tuple[Counter[str], Counter[str]]:
    """Return the number and value of used coupons by centre; refunded ones do not count."""
    within = (
        (CouponRedemption.state == "used")
        & (CouponRedemption.used_at >= since)
        & (CouponRedemption.used_at < until)
    )
    sums = CouponRedemption.select(
        Coupon.rule, fn.COUNT(CouponRedemption.id), fn.SUM(CouponRedemption.value_fen).cast("bigint")
    )
    rows: Any = sums.join(Coupon).where(within).group_by(Coupon.rule).tuples()
    found = {rule_id: (count, value) for rule_id, count, value in rows}
    used, worth = Counter[str](), Counter[str]()
    for rule in CouponRule.by_ids(list(found)):
        count, value = found[rule.id]
        used[rule.terms.cost_centre] += count
        worth[rule.terms.cost_centre] += value
    return used, worth


def point_totals(*, since: datetime, until: datetime) -> list[tuple[str | None, int, str, int]]:
    """Return points by cost centre, group id and kind of entry, from `since` until before `until`."""
    within = (PointEntry.at >= since) & (PointEntry.at < until)
    columns = (PointEntry.cost_centre, PointAccount.group, PointEntry.kind)
    query = PointEntry.select(*columns, fn.SUM(PointEntry.value).cast("bigint")).join(PointAccount)
    rows: Any = query.where(within).group_by(*columns).order_by(*columns).tuples()
    return list(rows)
