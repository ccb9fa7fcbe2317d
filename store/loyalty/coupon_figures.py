"""The figures of a coupon rule (券效果): how far its stock went, who used it, what it brought."""

from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from store.loyalty.coupon_rules import CouponRule
from store.loyalty.coupon_uses import CouponUse
from store.loyalty.coupons import Coupon


@dataclass(frozen=True)
class Figures:
    """Money in fen. Orders that were refunded do not count.

    `stock` and `left` are None for an unlimited rule. `return_on_investment` is what was paid by the
    orders that used it ÷ what it took off; None while nothing was used.
    """

    stock: int | None
    left: int | None
    issued: int
    holders: int
    users: int
    new_customers: int
    old_customers: int
    order_fen: int
    paid_fen: int
    value_fen: int

    @property
    def return_on_investment(self) -> float | None:
        return round(self.paid_fen / self.value_fen, 2) if self.value_fen else None


def of(rule: CouponRule) -> Figures:
    """The figures of a rule as they are now."""
    rule = CouponRule.get_by_id(rule.id)
    used = CouponUse.select().join(Coupon).where((Coupon.rule == rule.id) & (CouponUse.state == "used"))
    users = _distinct(used, CouponUse.member)
    new = _distinct(used.where(CouponUse.first_purchase), CouponUse.member)
    order_fen, paid_fen, value_fen = _sums(used)
    return Figures(
        stock=rule.stock,
        left=None if rule.stock is None else rule.stock - rule.issued,
        issued=Coupon.select().where(Coupon.rule == rule.id).count(),
        holders=_distinct(Coupon.select().where(Coupon.rule == rule.id), Coupon.member),
        users=users,
        new_customers=new,
        old_customers=users - new,
        order_fen=order_fen,
        paid_fen=paid_fen,
        value_fen=value_fen,
    )


def _distinct(query: Any, field: peewee.Field) -> int:
    return int(query.select(fn.COUNT(field.distinct())).scalar())


def _sums(used: Any) -> tuple[int, int, int]:
    """Orders are summed once, however many coupons of the rule they used."""
    value = used.select(fn.COALESCE(fn.SUM(CouponUse.value_fen), 0)).scalar()
    orders = used.select(CouponUse.order_number, CouponUse.order_fen, CouponUse.paid_fen).distinct()
    sums = [fn.COALESCE(fn.SUM(column), 0) for column in (orders.c.order_fen, orders.c.paid_fen)]
    joined: Any = CouponUse.select(*sums).from_(orders)
    order_fen, paid_fen = joined.tuples().get()
    return int(order_fen), int(paid_fen), int(value)
