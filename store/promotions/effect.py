"""The effect of promotions (促销效果): orders, units and amounts of paid orders, by promotion and period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import fn

from store.core.database.fields import UtcDateTimeField
from store.orders.tables import Order
from store.promotions.tables import PromotionUse
from store.tenants import business_days


@dataclass(frozen=True)
class PromotionEffect:
    """`list_fen` is the list price of the units that took part, `off_fen` what was taken off.

    Later returns change nothing. An order that was refunded whole before the handover is left out.
    """

    orders: int
    members: int
    units: int
    off_fen: int
    list_fen: int


@dataclass(frozen=True)
class PromotionDay:
    """The effect of a promotion on the orders that were paid on a day."""

    day: date
    orders: int
    units: int
    off_fen: int
    list_fen: int


NOTHING = PromotionEffect(0, 0, 0, 0, 0)


def read_effects(
    promotion_ids: Collection[int],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    shop_ids: Collection[int] | None = None,
) -> dict[int, PromotionEffect]:
    """Return by promotion id what paid orders had of it. Without days the whole time counts."""
    if not promotion_ids:
        return {}
    per_order = _select_per_order(promotion_ids, first_day, last_day, shop_ids)
    query: Any = per_order.select_from(
        per_order.c.promotion_id, fn.COUNT(per_order.c.order_number), fn.COUNT(per_order.c.member_id.distinct()),
        fn.SUM(per_order.c.units), fn.SUM(per_order.c.off_fen), fn.SUM(per_order.c.list_fen),
    ).group_by(per_order.c.promotion_id)  # fmt: skip
    found = {
        key: PromotionEffect(int(orders), int(members), int(units), int(off), int(full))
        for key, orders, members, units, off, full in query.tuples()
    }
    return {one: found.get(one, NOTHING) for one in promotion_ids}


def read_effect(promotion_id: int, **period: Any) -> PromotionEffect:
    """Return what paid orders had of a promotion. `period` as in `read_effects`."""
    return read_effects([promotion_id], **period)[promotion_id]


def list_days(
    promotion_id: int,
    *,
    first_day: date,
    last_day: date,
    shop_ids: Collection[int] | None = None,
) -> list[PromotionDay]:
    """Return the effect by the business day of the payment. Days without an order are left out."""
    per_order = _select_per_order([promotion_id], first_day, last_day, shop_ids)
    days: dict[date, list[int]] = {}
    query: Any = per_order.select_from(
        per_order.c.paid_at, per_order.c.units, per_order.c.off_fen, per_order.c.list_fen
    )
    for paid_at, units, off_fen, list_fen in query.tuples():
        day = days.setdefault(business_days.day_of(_to_moment(paid_at)), [0, 0, 0, 0])
        for place, value in enumerate((1, int(units), int(off_fen), int(list_fen))):
            day[place] += value
    return [PromotionDay(day, *numbers) for day, numbers in sorted(days.items())]


def _to_moment(value: Any) -> datetime:
    """Convert a time of a subquery, whose columns have lost their type."""
    moment = UtcDateTimeField().python_value(value)
    assert moment is not None, "paid orders have a time"
    return moment


def _select_per_order(
    promotion_ids: Collection[int],
    first_day: date | None,
    last_day: date | None,
    shop_ids: Collection[int] | None,
) -> Any:
    """Select by promotion and paid order what is left of its uses."""
    paid = PromotionUse.promotion.in_(list(promotion_ids)) & Order.paid_at.is_null(False)
    if first_day is not None:
        paid &= Order.paid_at >= business_days.start_of(first_day)
    if last_day is not None:
        paid &= Order.paid_at < business_days.end_of(last_day)
    if shop_ids is not None:
        paid &= PromotionUse.shop.in_(list(shop_ids))
    query: Any = PromotionUse.select(
        PromotionUse.promotion.alias("promotion_id"), PromotionUse.order_number.alias("order_number"),
        Order.member.alias("member_id"), Order.paid_at.alias("paid_at"),
        fn.SUM(PromotionUse.units).alias("units"), fn.SUM(PromotionUse.off_fen).alias("off_fen"),
        fn.SUM(PromotionUse.list_fen).alias("list_fen"),
    ).join(Order, on=(Order.number == PromotionUse.order_number))  # fmt: skip
    grouped = query.where(paid).group_by(
        PromotionUse.promotion, PromotionUse.order_number, Order.member, Order.paid_at
    )
    return grouped.having(fn.SUM(PromotionUse.times) > 0)
