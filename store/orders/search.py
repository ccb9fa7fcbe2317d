"""Search of orders (订单查询): by shop, state, date, member and keyword, the newest first."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee

from store.core import errors, keyset, numbers
from store.core.keyset import Position
from store.customers.members import Member
from store.orders.tables import KINDS, Order, OrderLine
from store.tenants import business_days

_NEWEST_FIRST: keyset.Keys = ((Order.id, True),)
MAX_KEYWORD_LENGTH = 64


@dataclass(frozen=True)
class OrderFilter:
    """`keyword` is a number of an order, of its source or of a return, or the beginning of a name of goods.

    `shop_ids` are the shops that the caller sees, None for all.
    """

    shop_id: int | None = None
    state: str | None = None
    kind: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    member: Member | None = None
    keyword: str = ""
    returns: bool = False
    shop_ids: frozenset[int] | None = None


def list_page(
    wanted: OrderFilter, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Order], int]:
    """Return one page of the orders, or what comes after a position, and the total."""
    query = _select(wanted)
    return keyset.select_page(
        query, _NEWEST_FIRST, page=page, page_size=page_size, after=after
    ), query.count()


def get_any(number: str) -> Order:
    """Return the sale or return of a number of ours. Raises DomainError(not_found)."""
    found = Order.find(number=number)
    if found is None:
        raise errors.not_found("该订单")
    return found


def get_position(order: Order) -> Position:
    """Return the position of an order in the list."""
    return (order.id,)


def list_for_member(member: Member, *, limit: int = 20, before_id: int | None = None) -> list[Order]:
    """Return the sales of a member, the newest first, before a row."""
    mine = (Order.member == member.id) & (Order.direction == "sale")
    if before_id is not None:
        mine &= Order.id < before_id
    return list(Order.select().where(mine).order_by(Order.id.desc()).limit(min(max(limit, 1), 100)))


def count_by_state(member: Member) -> dict[str, int]:
    """Return the number of a member's sales by state."""
    mine = (Order.member == member.id) & (Order.direction == "sale")
    rows: Any = Order.select(Order.state, peewee.fn.COUNT(Order.id)).where(mine).group_by(Order.state)
    return dict(rows.tuples())


def _select(wanted: OrderFilter) -> "peewee.ModelSelect[Order]":
    query = Order.select().where(Order.direction == ("return" if wanted.returns else "sale"))
    if wanted.shop_id is not None:
        query = query.where(Order.shop == wanted.shop_id)
    if wanted.shop_ids is not None:
        query = query.where(Order.shop.in_(sorted(wanted.shop_ids)))
    if wanted.state is not None:
        query = query.where(Order.state == wanted.state)
    if wanted.kind in KINDS:
        query = query.where(Order.kind == wanted.kind)
    if wanted.first_day is not None:
        query = query.where(Order.placed_at >= business_days.start_of(wanted.first_day))
    if wanted.last_day is not None:
        query = query.where(Order.placed_at < business_days.end_of(wanted.last_day))
    if wanted.member is not None:
        query = query.where(Order.member == wanted.member.id)
    keyword = numbers.normalize(wanted.keyword.strip()[:MAX_KEYWORD_LENGTH])
    return query.where(_matches(keyword)) if keyword else query


def _matches(keyword: str) -> peewee.Expression:
    named = OrderLine.select(OrderLine.order).where(OrderLine.name.startswith(keyword))
    return (
        (Order.number == keyword)
        | (Order.source_number == keyword)
        | (Order.return_number == keyword)
        | Order.id.in_(named)
    )
