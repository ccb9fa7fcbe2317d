"""Queries have the text that peewee writes for them."""

from collections.abc import Callable
from typing import Any

import peewee
import pytest

from store import layers
from store.core.database.selection import Select
from store.customers.customers import Customer
from store.orders.tables import Order, OrderLine

TABLES = layers.list_tables()
QUERIES: dict[str, Callable[[], Any]] = {
    "two tables": lambda: OrderLine.select(OrderLine, Order).join(Order).where(Order.number == "x"),
    "a sum": lambda: Order.select(Order.id, peewee.fn.COUNT(Order.id).alias("n")).group_by(Order.id),
    "a subquery of a column": lambda: Order.select().where(Order.id.in_(OrderLine.select(OrderLine.order))),
    "a subquery of all columns": lambda: Order.select().where(Order.id.in_(OrderLine.select())),
    "a constant": lambda: Order.select().where(peewee.fn.EXISTS(Customer.select(1))),
    "a query as a table": lambda: Order.select().from_(Order.select().alias("inner")),
    "a union": lambda: Order.select(Order.id) | Order.select(Order.id).where(Order.id > 2),
    "two names of a table": lambda: Order.select(Order, Order.alias("other").id),
}


@pytest.mark.parametrize("build", QUERIES.values(), ids=QUERIES)
def test_text_is_that_of_peewee(acme: str, monkeypatch: pytest.MonkeyPatch, build: Callable[[], Any]):
    written = build().sql()
    monkeypatch.delattr(Select, "__sql_selection__")
    assert written == build().sql()


def test_text_is_that_of_peewee_for_every_table(acme: str, monkeypatch: pytest.MonkeyPatch):
    written = [model.select().sql() for model in TABLES]
    monkeypatch.delattr(Select, "__sql_selection__")
    assert written == [model.select().sql() for model in TABLES]
