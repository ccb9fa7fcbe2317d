"""Costs (成本统计): what points and coupons gave away in a time, by the cost centre that pays for it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from store.loyalty import cost_centres
from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupon_uses import CouponUse
from store.loyalty.coupons import Coupon
from store.loyalty.point_accounts import KINDS

NOBODY = "未指明成本中心"


@dataclass(frozen=True)
class Cost:
    """`points` by group (its id): given less taken back. `coupon_fen` is what used coupons took off or paid.

    `centre` is empty for what was given in nobody's name.
    """

    centre: str
    name: str
    points: dict[int, int]
    coupons: int = 0
    coupon_fen: int = 0


def by_centre(*, since: datetime, until: datetime) -> list[Cost]:
    """All cost centres by code, from `since` until before `until`; last, if there is any, what names none."""
    points = _points(since, until)
    used, worth = _coupons(since, until)
    found = [
        Cost(row.code, row.name, points.get(row.code, {}), used[row.code], worth[row.code])
        for row in cost_centres.listing()
    ]
    nobodys = points.get(None)
    return [*found, Cost("", NOBODY, nobodys)] if nobodys else found


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of some costs."""
    points, coupons, coupon_fen = Counter[int](), 0, 0
    for cost in costs:
        for group_id, value in cost.points.items():
            points[group_id] += value
        coupons, coupon_fen = coupons + cost.coupons, coupon_fen + cost.coupon_fen
    return Cost("", "合计", dict(points), coupons, coupon_fen)


def _points(since: datetime, until: datetime) -> dict[str | None, dict[int, int]]:
    """By centre and group. In nobody's name points are also redeemed and end, which is no cost and no saving."""
    found: dict[str | None, Counter[int]] = {}
    for centre, group_id, kind, value in cost_centres.totals(since=since, until=until):
        if centre is not None or KINDS[kind].accumulates:
            found.setdefault(centre, Counter())[group_id] += KINDS[kind].sign * value
    return {centre: dict(groups) for centre, groups in found.items()}


def _coupons(since: datetime, until: datetime) -> tuple[Counter[str], Counter[str]]:
    """How many coupons were used, and what they were worth, by centre; those given back do not count."""
    within = (CouponUse.state == "used") & (CouponUse.used_at >= since) & (CouponUse.used_at < until)
    sums = CouponUse.select(Coupon.rule, fn.COUNT(CouponUse.id), fn.SUM(CouponUse.value_fen).cast("bigint"))
    rows: Any = sums.join(Coupon).where(within).group_by(Coupon.rule).tuples()
    found = {rule_id: (count, value) for rule_id, count, value in rows}
    used, worth = Counter[str](), Counter[str]()
    for rule in CouponRule.of_ids(list(found)):
        count, value = found[rule.id]
        used[rule.terms.cost_centre] += count
        worth[rule.terms.cost_centre] += value
    return used, worth
