"""The list of order lines for staff (交易单明细): the goods of sales and returns, by goods, shop and day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee

from store.core import errors, listing, numbers
from store.core.listing import Page
from store.customers.members import Member
from store.orders.tables import DIRECTIONS, Order, OrderLine
from store.shops.shops import Shop
from store.tenants import business_days

_SORTS = {
    "placed_at": OrderLine.id,
    "goods_fen": OrderLine.goods_fen,
}  # lines follow the times of their orders


@dataclass(frozen=True)
class LineCriteria:
    """Which lines are listed: those of orders that are not closed.

    `search` is the number of an order, the code of goods or the beginning of their name. `since` and `until` are
    business days of the order, both included. `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_id: int | None = None
    direction: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: LineCriteria, page: Page) -> tuple[list[OrderLine], int]:
    """Return a page of lines with their orders, shops and members, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _filter(OrderLine.select().join(Order), criteria), page, sorts=_SORTS, default="-placed_at",
        id_field=OrderLine.id, rows=_with_order(),
    )  # fmt: skip


def count_lines(criteria: LineCriteria) -> int:
    """Return the number of lines. Raises DomainError(invalid)."""
    return int(_filter(OrderLine.select().join(Order), criteria).count())


def iterate_lines(criteria: LineCriteria) -> Iterator[OrderLine]:
    """Yield all lines, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_order(), criteria), id_field=OrderLine.id)


def _with_order() -> Any:
    query = OrderLine.select(OrderLine, Order, Shop, Member).join(Order).join(Shop)
    return query.switch(Order).join(Member, peewee.JOIN.LEFT_OUTER)


def _filter(query: Any, criteria: LineCriteria) -> Any:
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: LineCriteria) -> Iterator[Any]:
    if criteria.direction is not None and criteria.direction not in DIRECTIONS:
        raise errors.invalid("direction", f"应为 {'、'.join(DIRECTIONS)} 之一")
    yield Order.state != "closed"
    text = criteria.search.strip()
    if text:
        named = (OrderLine.product == text) | OrderLine.name.startswith(text)
        yield named | (Order.number == numbers.normalize(text))
    for column, value in ((Order.shop, criteria.shop_id), (Order.direction, criteria.direction)):
        if value is not None:
            yield column == value
    if criteria.since is not None:
        yield Order.placed_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Order.placed_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Order.shop.in_(sorted(criteria.shop_ids))
