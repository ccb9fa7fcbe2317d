"""Statistics of a coupon rule (券效果): stock, members and orders."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import peewee
from peewee import fn

from store.core import errors
from store.core.database import db
from store.coupons import shop_scope
from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.coupons.rules import CouponRule
from store.tenants import business_days

MAX_DAYS = 92


@dataclass(frozen=True)
class CouponStatistics:
    """Money in fen. Refunded orders do not count.

    `stock` and `remaining` are None for an unlimited rule. `return_on_investment` is the money paid by the orders that
    used it ÷ the discount; None while nothing was used.
    """

    stock: int | None
    remaining: int | None
    issued: int
    holders: int
    users: int
    new_customers: int
    returning_customers: int
    order_fen: int
    paid_fen: int
    value_fen: int

    @property
    def return_on_investment(self) -> float | None:
        return round(self.paid_fen / self.value_fen, 2) if self.value_fen else None


@dataclass(frozen=True)
class CouponDay:
    """What happened to the coupons of a rule on a business day. `issued` includes `claimed`; the value is in fen."""

    day: date
    issued: int = 0
    claimed: int = 0
    used: int = 0
    value_fen: int = 0


def compute(rule: CouponRule, *, shop_ids: frozenset[int] | None = None) -> CouponStatistics:
    """Compute the statistics of a rule, or only those of the members and the sales of some shops."""
    rule = CouponRule.get_by_id(rule.id)
    issued, used = _select_issued(rule, shop_ids), _select_used(rule, shop_ids)
    users = _count_distinct(used, CouponRedemption.member)
    new = _count_distinct(used.where(CouponRedemption.first_purchase), CouponRedemption.member)
    order_fen, paid_fen, value_fen = _sum_orders(used)
    return CouponStatistics(
        stock=rule.stock,
        remaining=None if rule.stock is None else rule.stock - rule.issued,
        issued=issued.count(),
        holders=_count_distinct(issued, Coupon.member),
        users=users,
        new_customers=new,
        returning_customers=users - new,
        order_fen=order_fen,
        paid_fen=paid_fen,
        value_fen=value_fen,
    )


def list_days(
    rule: CouponRule, *, since: date, until: date, shop_ids: frozenset[int] | None = None
) -> list[CouponDay]:
    """Return the figures of each business day from `since` to `until`, both included, at most `MAX_DAYS`."""
    if not 0 <= (until - since).days < MAX_DAYS:
        raise errors.invalid("until", f"最多查看 {MAX_DAYS} 天")
    start, end = business_days.start_of(since), business_days.end_of(until)
    received = (Coupon.received_at >= start) & (Coupon.received_at < end)
    spent = (CouponRedemption.used_at >= start) & (CouponRedemption.used_at < end)
    issued = _select_issued(rule, shop_ids).where(received)
    used = _select_used(rule, shop_ids).where(spent)
    totals = {
        "issued": _sum_by_day(issued, Coupon.received_at, fn.COUNT(Coupon.id)),
        "claimed": _sum_by_day(
            issued.where(Coupon.issue_key == "claim"), Coupon.received_at, fn.COUNT(Coupon.id)
        ),
        "used": _sum_by_day(used, CouponRedemption.used_at, fn.COUNT(CouponRedemption.id)),
        "value_fen": _sum_by_day(used, CouponRedemption.used_at, fn.SUM(CouponRedemption.value_fen)),
    }
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return [CouponDay(day, **{name: found[day] for name, found in totals.items()}) for day in days]


def _select_issued(rule: CouponRule, shop_ids: frozenset[int] | None) -> Any:
    mine = Coupon.rule == rule.id
    if shop_ids is not None:
        mine &= Coupon.member.in_(shop_scope.select_members(shop_ids))
    return Coupon.select().where(mine)


def _select_used(rule: CouponRule, shop_ids: frozenset[int] | None) -> Any:
    mine = (Coupon.rule == rule.id) & (CouponRedemption.state == "used")
    if shop_ids is not None:
        mine &= CouponRedemption.shop_code.in_(shop_scope.list_codes(shop_ids))
    return CouponRedemption.select().join(Coupon).where(mine)


def _sum_by_day(query: Any, moment: peewee.Field, total: Any) -> Counter[date]:
    """Return totals by business day. Grouped by the hours of UTC, because only Python knows the zone's days."""
    to_hour = fn.TO_CHAR(moment, "YYYY-MM-DD HH24") if db.is_postgresql() else fn.SUBSTR(moment, 1, 13)
    hour = to_hour.coerce(False).alias("hour")
    found: Counter[date] = Counter()
    for text, value in query.select(hour, total).group_by(peewee.SQL("hour")).tuples():
        found[business_days.day_of(datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC))] += int(value)
    return found


def _count_distinct(query: Any, field: peewee.Field) -> int:
    return int(query.select(fn.COUNT(field.distinct())).scalar())


def _sum_orders(redemptions: Any) -> tuple[int, int, int]:
    """Sum up orders once, however many coupons of the rule they used."""
    value = redemptions.select(fn.COALESCE(fn.SUM(CouponRedemption.value_fen), 0)).scalar()
    orders = redemptions.select(
        CouponRedemption.order_number, CouponRedemption.order_fen, CouponRedemption.paid_fen
    ).distinct()
    sums = [fn.COALESCE(fn.SUM(column), 0) for column in (orders.c.order_fen, orders.c.paid_fen)]
    joined: Any = CouponRedemption.select(*sums).from_(orders)
    order_fen, paid_fen = joined.tuples().get()
    return int(order_fen), int(paid_fen), int(value)
