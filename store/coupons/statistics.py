"""Statistics of a coupon rule (券效果): stock, members and orders."""

from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from store.coupons.coupons import Coupon
from store.coupons.redemption_records import CouponRedemption
from store.coupons.rules import CouponRule


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


def compute(rule: CouponRule) -> CouponStatistics:
    """Compute the statistics of a rule."""
    rule = CouponRule.get_by_id(rule.id)
    used = (
        CouponRedemption.select()
        .join(Coupon)
        .where((Coupon.rule == rule.id) & (CouponRedemption.state == "used"))
    )
    users = _count_distinct(used, CouponRedemption.member)
    new = _count_distinct(used.where(CouponRedemption.first_purchase), CouponRedemption.member)
    order_fen, paid_fen, value_fen = _sum_orders(used)
    return CouponStatistics(
        stock=rule.stock,
        remaining=None if rule.stock is None else rule.stock - rule.issued,
        issued=Coupon.select().where(Coupon.rule == rule.id).count(),
        holders=_count_distinct(Coupon.select().where(Coupon.rule == rule.id), Coupon.member),
        users=users,
        new_customers=new,
        returning_customers=users - new,
        order_fen=order_fen,
        paid_fen=paid_fen,
        value_fen=value_fen,
    )


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
