"""The orders that the sales reports count (成交单): sales on the day of payment, returns on the day of the return."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import peewee

from store.core import numbers
from store.insight import report_days
from store.orders.tables import Order
from store.tenants import business_days

Direction = Literal["sale", "return"]
SIGNS: dict[Direction, int] = {"sale": 1, "return": -1}


@dataclass(frozen=True)
class SalesCriteria:
    """Which orders are counted. `since` and `until` are business days, both included, this month by default.

    `search` is the whole number of a sale, of its source or of a return, in any month; the returns of a sale come
    with it. `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_id: int | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def counted_at(direction: Direction) -> Any:
    """Return the column with the moment at which orders of a direction are counted."""
    return Order.paid_at if direction == "sale" else Order.completed_at


def list_conditions(criteria: SalesCriteria, direction: Direction) -> list[Any]:
    """Return the conditions of the counted orders of a direction. Raises DomainError(invalid)."""
    moment = counted_at(direction)
    return [
        Order.direction == direction,
        moment.is_null(False),
        *_list_days(criteria, moment),
        *_list_wanted(criteria),
    ]


def select_both(criteria: SalesCriteria, *columns: Any) -> Any:
    """Return sales and returns with their ids, these columns and the `sign` as a table named `counted`."""
    sales, returns = (
        Order.select(Order.id, *columns, peewee.Value(sign, converter=False).alias("sign")).where(
            *list_conditions(criteria, direction)
        )
        for direction, sign in SIGNS.items()
    )
    return sales.union_all(returns).alias("counted")


def _list_days(criteria: SalesCriteria, moment: Any) -> Iterator[Any]:
    since, until = criteria.since, criteria.until
    if not criteria.search.strip():
        since, until = report_days.resolve(since, until)
    if since is not None:
        yield moment >= business_days.start_of(since)
    if until is not None:
        yield moment < business_days.end_of(until)


def _list_wanted(criteria: SalesCriteria) -> Iterator[Any]:
    text = criteria.search.strip()
    if text:
        ids = _find_ids(text)
        yield Order.id.in_(ids) | Order.original.in_(ids)
    if criteria.shop_id is not None:
        yield Order.shop == criteria.shop_id
    if criteria.shop_ids is not None:
        yield Order.shop.in_(sorted(criteria.shop_ids))


def _find_ids(text: str) -> list[int]:
    """Return the row ids of the orders with a number. Other numbers than ours are searched without an index."""
    named = Order.find(number=numbers.normalize(text))
    if named is not None:
        return [named.id]
    rows = Order.select(Order.id).where((Order.source_number == text) | (Order.return_number == text))
    return [row.id for row in rows]
