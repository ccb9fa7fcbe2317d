"""Rankings (排行): which goods sold best and which members spent most, less what came back."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from peewee import Case, fn

from store.catalog.categories import Category
from store.core import errors, input_limits
from store.customers.members import Member
from store.insight import sales_orders
from store.insight.sales_orders import SalesCriteria
from store.orders.tables import Order, OrderLine
from store.pricing.price import FREIGHT_LINE

By = Literal["amount", "units", "orders"]
MIN_PLACES, MAX_PLACES = 10, 100


@dataclass(frozen=True)
class GoodsRank:
    """Goods with what they sold: `orders` had them, units and amount are less returns. The name is the latest."""

    product: str
    name: str
    orders: int
    units: int
    amount_fen: int


@dataclass(frozen=True)
class MemberRank:
    """A member with `orders` that were paid, and with units and spend (实收) less returns."""

    member: Member
    orders: int
    units: int
    amount_fen: int


def rank_goods(
    criteria: SalesCriteria, *, by: By = "amount", limit: int = 10, category: str | None = None
) -> list[GoodsRank]:
    """Return the goods that sold best, also those of the categories below `category`, a code.

    Raises DomainError(invalid, not_found).
    """
    _check(by, limit)
    counted = sales_orders.select_both(criteria)
    sold = fn.COUNT(Case(None, [(counted.c.sign == 1, OrderLine.order)]).distinct())
    values = {
        "orders": sold, "units": fn.SUM(counted.c.sign * OrderLine.quantity),
        "amount": fn.SUM(counted.c.sign * OrderLine.goods_fen),
    }  # fmt: skip
    query = (
        OrderLine.select(OrderLine.product, fn.MAX(OrderLine.id), *values.values())
        .join(counted, on=(OrderLine.order == counted.c.id))
        .where(OrderLine.line != FREIGHT_LINE)
    )
    if category is not None:
        query = query.where(_has_category(category))
    rows: Any = _take_best(query, OrderLine.product, values[by], limit)
    names = {line.id: line.name for line in OrderLine.by_ids(sorted(row[1] for row in rows))}
    return [GoodsRank(product, names[last], *map(int, numbers)) for product, last, *numbers in rows]


def rank_members(criteria: SalesCriteria, *, by: By = "amount", limit: int = 10) -> list[MemberRank]:
    """Return the members who spent most, with their customers. Raises DomainError(invalid)."""
    _check(by, limit)
    units = OrderLine.select(fn.COALESCE(fn.SUM(OrderLine.quantity), 0)).where(
        OrderLine.order == Order.id, OrderLine.line != FREIGHT_LINE
    )
    counted = sales_orders.select_both(criteria, Order.member, Order.spend_fen, units.alias("units"))
    values = {
        "orders": fn.SUM(Case(None, [(counted.c.sign == 1, 1)], 0)),
        "units": fn.SUM(counted.c.sign * counted.c.units),
        "amount": fn.SUM(counted.c.sign * counted.c.spend_fen),
    }
    query = Member.select(Member.id, *values.values()).join(counted, on=(Member.id == counted.c.member_id))
    rows: Any = _take_best(query, Member.id, values[by], limit)
    members = {member.id: member for member in Member.by_ids(sorted(row[0] for row in rows))}
    return [MemberRank(members[member_id], *map(int, numbers)) for member_id, *numbers in rows]


def _take_best(query: Any, group: Any, value: Any, limit: int) -> list[tuple[Any, ...]]:
    """Return the first groups by a value. Equal values follow the group, so that a repeat gives the same."""
    return list(query.group_by(group).order_by(value.desc(), group).limit(limit).tuples())


def _check(by: str, limit: int) -> None:
    if by not in ("amount", "units", "orders"):
        raise errors.invalid("by", "可按 amount、units、orders 排行")
    input_limits.check_number(limit, field="limit", minimum=MIN_PLACES, maximum=MAX_PLACES)


def _has_category(code: str) -> Any:
    """Return the condition of lines whose goods were in a category, or below it, when they were ordered."""
    if Category.find(code=code) is None:
        raise errors.not_found("该分类")
    named = json.dumps(code, ensure_ascii=False)
    return fn.REPLACE(OrderLine.categories, named, "") != OrderLine.categories
