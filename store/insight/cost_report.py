"""Costs (成本统计): what points and coupons gave in a period, by cost centre."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import fn

from store.core import errors
from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.coupons.rules import CouponRule
from store.customers import programmes
from store.insight import report_days
from store.points import points
from store.points.ledger import ENTRY_KINDS, PointAccount, PointEntry
from store.tenants import business_days, cost_centres

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
    given = _points_by_centre(since, until)
    used, worth = _coupons_by_centre(since, until)
    found = [
        Cost(row.code, row.name, given.get(row.code, {}), used[row.code], worth[row.code])
        for row in cost_centres.list_cost_centres()
    ]
    nobodys = given.get(None)
    return [*found, Cost("", UNASSIGNED, nobodys)] if nobodys else found


def list_of_days(*, since: date | None = None, until: date | None = None) -> list[Cost]:
    """Return the costs of some days, both included, this month up to today by default, and their sum as the last.

    Cost centres without costs are left out. Raises DomainError(invalid).
    """
    first, last = report_days.resolve(since, until)
    found = [
        cost
        for cost in list_by_cost_centre(since=business_days.start_of(first), until=business_days.end_of(last))
        if any(cost.points.values()) or cost.coupons
    ]
    return [*found, sum_costs(found)] if found else []


def list_group_names() -> dict[int, str]:
    """Return the names of all point groups by id, those of several programmes with the name of the programme."""
    found = programmes.list_programmes()
    return {
        group.id: group.name if len(found) == 1 else f"{programme.name} {group.name}"
        for programme in found
        for group in points.list_groups(programme)
    }


def ensure_all_shops(shop_ids: frozenset[int] | None) -> None:
    """Raise DomainError(forbidden) for an account of some shops only, because costs are not recorded by shop."""
    if shop_ids is not None:
        raise errors.DomainError("forbidden", "成本报表统计全部门店，您的账号只能查看指定门店", 403)


def list_cells(*, since: date | None = None, until: date | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the export: cost centre, name, what was given, its quantity and its amount in yuan."""
    names = list_group_names()
    for cost in list_of_days(since=since, until=until):
        for group_id, value in cost.points.items():
            yield cost.centre, cost.name, names.get(group_id, str(group_id)), value, None
        if cost.coupons:
            yield cost.centre, cost.name, "优惠券", cost.coupons, cost.coupon_fen / 100


def sum_costs(costs: Iterable[Cost]) -> Cost:
    """Return the sum of costs."""
    given, coupons, coupon_fen = Counter[int](), 0, 0
    for cost in costs:
        for group_id, value in cost.points.items():
            given[group_id] += value
        coupons, coupon_fen = coupons + cost.coupons, coupon_fen + cost.coupon_fen
    return Cost("", "合计", dict(given), coupons, coupon_fen)


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
