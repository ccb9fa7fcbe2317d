"""The list of order lines for staff (交易单明细): the goods of sales and returns, by goods, shop and day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee

from store.core import errors, listing, numbers
from store.core.listing import Page
from store.customers.members import Member
from store.orders.tables import DIRECTIONS, TRANSITIONS, Order, OrderLine
from store.shops.shops import Shop
from store.tenants import business_days

_SORTS = {
    "placed_at": OrderLine.id,
    "goods_fen": OrderLine.goods_fen,
}  # lines follow the times of their orders


@dataclass(frozen=True)
class LineCriteria:
    """Which lines are listed.

    `search` is the number of an order, the code of goods or the beginning of their name. `since` and `until` are
    business days of the order, both included. `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_id: int | None = None
    direction: str | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: LineCriteria, page: Page) -> tuple[list[OrderLine], int]:
    """Return a page of lines with their orders, shops and members, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-placed_at",
        id_field=OrderLine.id, rows=_with_order(),
    )  # fmt: skip


def count_lines(criteria: LineCriteria) -> int:
    """Return the number of lines. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_lines(criteria: LineCriteria) -> Iterator[OrderLine]:
    """Yield all lines, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(
        _filter(_with_order(), [*_list_conditions(criteria), *_list_order_conditions(criteria)]),
        id_field=OrderLine.id,
    )


def _select(criteria: LineCriteria) -> Any:
    """Return the query of lines. Only what is asked about orders reads them, because there are millions of lines."""
    conditions = list(_list_order_conditions(criteria))
    query = _filter(OrderLine.select(), _list_conditions(criteria))
    if conditions:
        orders = _filter(Order.select(Order.id), conditions)
        query = query.where(OrderLine.order.in_(orders))
    return query


def _with_order() -> Any:
    query = OrderLine.select(OrderLine, Order, Shop, Member).join(Order).join(Shop)
    return query.switch(Order).join(Member, peewee.JOIN.LEFT_OUTER)


def _filter(query: Any, conditions: Iterable[Any]) -> Any:
    for condition in conditions:
        query = query.where(condition)
    return query


def _list_conditions(criteria: LineCriteria) -> Iterator[Any]:
    for name, values in (("direction", DIRECTIONS), ("state", tuple(TRANSITIONS))):
        if getattr(criteria, name) not in (None, *values):
            raise errors.invalid(name, f"应为 {'、'.join(values)} 之一")
    text = criteria.search.strip()
    if text:
        order = Order.find(number=numbers.normalize(text))
        goods = (OrderLine.product == text) | OrderLine.name.startswith(text)
        yield goods if order is None else OrderLine.order == order.id


def _list_order_conditions(criteria: LineCriteria) -> Iterator[Any]:
    for column, value in (
        (Order.shop, criteria.shop_id), (Order.direction, criteria.direction), (Order.state, criteria.state),
    ):  # fmt: skip
        if value is not None:
            yield column == value
    if criteria.since is not None:
        yield Order.placed_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Order.placed_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Order.shop.in_(sorted(criteria.shop_ids))
