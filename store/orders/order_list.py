"""The list of orders for staff (交易单): sales and returns of all channels, searched, filtered and sorted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee
from peewee import fn

from store.core import errors, listing, numbers
from store.core.database import db
from store.core.listing import Page
from store.customers import person_search
from store.customers.members import Member
from store.orders.tables import DIRECTIONS, KINDS, TRANSITIONS, Order, OrderLine
from store.shops.shops import Shop
from store.tenants import business_days

_SORTS = {
    "placed_at": Order.id,
    "total_fen": Order.total_fen,
}  # orders are written in the order of their times


@dataclass(frozen=True)
class OrderCriteria:
    """Which orders are listed.

    `search` is a whole number of the order, its source or a return, a whole card number or phone, the code of goods
    or the beginning of their name. With the number of a sale its returns are listed too. `since` and `until` are
    business days, both included. `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_id: int | None = None
    cashier_id: int | None = None
    source: str | None = None
    kind: str | None = None
    direction: str | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: OrderCriteria, page: Page) -> tuple[list[Order], int]:
    """Return a page of orders with their shops and members, the latest first, and the number of all.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _filter(Order.select(), criteria), page, sorts=_SORTS, default="-placed_at", id_field=Order.id,
        rows=_with_parts(),
    )  # fmt: skip


def count_orders(criteria: OrderCriteria) -> int:
    """Return the number of orders. Raises DomainError(invalid)."""
    return int(_filter(Order.select(), criteria).count())


def iterate_orders(criteria: OrderCriteria) -> Iterator[Order]:
    """Yield all orders, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_parts(), criteria), id_field=Order.id)


def count_units(orders: Sequence[Order]) -> dict[int, int]:
    """Return by order id how many units it has."""
    wanted = db.in_ids(OrderLine.order, [order.id for order in orders])
    rows: Any = OrderLine.select(OrderLine.order, fn.SUM(OrderLine.quantity)).where(wanted)
    return {order_id: int(units) for order_id, units in rows.group_by(OrderLine.order).tuples()}


def sum_returned(orders: Sequence[Order]) -> dict[int, int]:
    """Return by order id what its returns came to, in fen, for the orders that have any."""
    wanted = db.in_ids(Order.original, [order.id for order in orders]) & (Order.state != "closed")
    rows: Any = Order.select(Order.original, fn.SUM(Order.total_fen)).where(wanted)
    return {order_id: int(total) for order_id, total in rows.group_by(Order.original).tuples()}


def list_sources() -> list[str]:
    """Return the sources that orders have come from."""
    rows: Any = Order.select(Order.source).distinct().order_by(Order.source)
    return [source for (source,) in rows.tuples()]


def _with_parts() -> Any:
    """Return the query of orders with their shops and members."""
    return Order.select(Order, Shop, Member).join(Shop).switch(Order).join(Member, peewee.JOIN.LEFT_OUTER)


def _filter(query: Any, criteria: OrderCriteria) -> Any:
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: OrderCriteria) -> Iterator[Any]:
    known = {"kind": KINDS, "direction": DIRECTIONS, "state": tuple(TRANSITIONS)}
    for name, values in known.items():
        value = getattr(criteria, name)
        if value is not None and value not in values:
            raise errors.invalid(name, f"应为 {'、'.join(values)} 之一")
    if criteria.search.strip():
        yield _matches(criteria.search.strip())
    for column, value in (
        (Order.shop, criteria.shop_id), (Order.cashier_id, criteria.cashier_id), (Order.source, criteria.source),
        (Order.kind, criteria.kind), (Order.direction, criteria.direction), (Order.state, criteria.state),
    ):  # fmt: skip
        if value is not None:
            yield column == value
    if criteria.since is not None:
        yield Order.placed_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Order.placed_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Order.shop.in_(criteria.shop_ids)


def _matches(text: str) -> Any:
    """Return the condition for a person, else for a number, else for goods, so that most searches read no lines."""
    customer = person_search.find_customer(text)
    if customer is not None:
        return Order.customer == customer.id
    named = Order.find(number=numbers.normalize(text))
    if named is not None:
        return (Order.id == named.id) | (Order.original == named.id)
    numbered = (Order.source_number == text) | (Order.return_number == text)
    if Order.select().where(numbered).exists():
        return numbered
    goods = OrderLine.name.startswith(text) | (OrderLine.product == text)
    return Order.id.in_(OrderLine.select(OrderLine.order).where(goods))
