"""The lines of sales (销售明细): goods and freight of the orders that the sales reports count, and of their returns."""

from collections.abc import Iterator
from typing import Any

import peewee

from store.core import listing
from store.core.listing import Page
from store.customers.members import Member
from store.insight import sales_orders
from store.insight.sales_orders import SIGNS, SalesCriteria
from store.orders.tables import Order, OrderLine
from store.shops.shops import Shop

_SORTS = {"number": OrderLine.id, "goods_fen": OrderLine.goods_fen}  # lines follow their orders


def list_page(criteria: SalesCriteria, page: Page) -> tuple[list[OrderLine], int]:
    """Return a page of lines with order, shop and member, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(
        _filter(OrderLine.select(), criteria), page, sorts=_SORTS, default="-number", id_field=OrderLine.id,
        rows=_with_order(),
    )  # fmt: skip


def count_lines(criteria: SalesCriteria) -> int:
    """Return the number of lines. Raises DomainError(invalid)."""
    return int(_filter(OrderLine.select(), criteria).count())


def iterate_lines(criteria: SalesCriteria) -> Iterator[OrderLine]:
    """Yield all lines, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_filter(_with_order(), criteria), id_field=OrderLine.id)


def _filter(query: Any, criteria: SalesCriteria) -> Any:
    """Each direction is a query of its own, so that each is found by its index."""
    sales, returns = (
        Order.select(Order.id).where(*sales_orders.list_conditions(criteria, direction))
        for direction in SIGNS
    )
    return query.where(OrderLine.order.in_(sales.union_all(returns)))


def _with_order() -> Any:
    query = OrderLine.select(OrderLine, Order, Shop, Member).join(Order).join(Shop)
    return query.switch(Order).join(Member, peewee.JOIN.LEFT_OUTER)
