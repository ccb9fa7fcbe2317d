"""Goods out and in: what orders took from the stock and what customers returned, with what sums say."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from store.core.listing import Page
from store.insight import stock_flows
from store.insight.stock_flows import FlowCriteria
from store.orders.requests import ReturnLine, ReturnRequest
from store.orders.returns import give_back
from store.orders.tables import Order
from store.shop_orders import moves
from store.shops.shops import Shop
from store.stock.movements import StockMovement
from tests.support import coupon_fixtures, order_fixtures
from tests.support.coupon_fixtures import error_code_of
from tests.support.query_plans import captured_statements, list_scans
from tests.support.shop_order_fixtures import offer_all, pay, publish_sku, submit
from tests.support.stock_fixtures import units_of

PAGE = Page(size=100)


@pytest.fixture
def shops(acme: str, verify_afterwards: None) -> list[Shop]:
    found = [order_fixtures.create_shop(code) for code in ("S1", "S2")]
    for shop in found:
        offer_all(shop)
    return found


@pytest.fixture
def sold(shops: list[Shop]) -> dict[str, Any]:
    """Three teas and a milk leave the first shop, one tea comes back; two milks leave the second; one is reserved."""
    mei = coupon_fixtures.create_member(1)
    tea, milk = publish_sku(shops[0], "tea"), publish_sku(shops[0], "milk")
    other = publish_sku(shops[1], "milk2")
    first = hand_over(pay(submit(shops[0], mei, (tea, 3), (milk, 1))))
    hand_over(pay(submit(shops[1], mei, (other, 2))))
    pay(submit(shops[0], mei, (tea, 1)))
    lines = (ReturnLine("1", units=1),)
    give_back(request=ReturnRequest(number="R1", order_number=first, lines=lines, reason="退货"))
    return {"tea": tea, "milk": milk, "milk2": other, "number": first}


def hand_over(row: Any) -> str:
    number: str = Order.get_by_id(row.order_id).number
    moves.accept(number=number)
    moves.mark_ready(number=number)
    return number


def test_i4_sums_are_those_of_the_movements_and_of_the_levels(sold, shops):
    expected: Counter[Any] = Counter()
    for movement in StockMovement.select():
        if movement.kind in ("sold", "returned"):
            expected[movement.level.shop.code, movement.level.sku.code, movement.kind] += abs(
                movement.on_hand
            )
    rows, total = stock_flows.summarize(FlowCriteria(), PAGE)
    assert {(row.shop.code, row.sku.code): (row.out_units, row.in_units) for row in rows} == {
        (shop, sku): (expected[shop, sku, "sold"], expected[shop, sku, "returned"])
        for shop, sku, _ in expected
    }
    assert [(row.sku.code, row.out_units, row.in_units) for row in rows] == [
        ("tea", 3, 1), ("milk2", 2, 0), ("milk", 1, 0),
    ]  # fmt: skip
    assert (total, stock_flows.count_sums(FlowCriteria()), list(stock_flows.iterate_sums(FlowCriteria()))) == (
        3, 3, rows,
    )  # fmt: skip
    assert units_of(shops[0], sold["tea"])[2] == 3 - 1
    by_shop, count = stock_flows.summarize(FlowCriteria(), PAGE, by="shop")
    assert [(row.shop.code, row.sku, row.out_units, row.in_units) for row in by_shop] == [
        ("S1", None, 4, 1), ("S2", None, 2, 0),
    ]  # fmt: skip
    assert count == 2
    assert stock_flows.summarize(FlowCriteria(), Page(size=15, number=2))[0] == []
    assert error_code_of(lambda: stock_flows.summarize(FlowCriteria(), Page(sort="code"))) == "invalid"


def test_i4_movements_are_listed_by_direction_number_shop_and_day(sold, shops):
    rows, total = stock_flows.list_page(FlowCriteria(), PAGE)
    assert total == 4 == stock_flows.count_flows(FlowCriteria())
    assert list(stock_flows.iterate_flows(FlowCriteria())) == rows
    for criteria, found in (
        (FlowCriteria(direction="in"), [("tea", 1)]),
        (FlowCriteria(shop_ids=frozenset({shops[1].id})), [("milk2", -2)]),
        (FlowCriteria(shop_id=shops[0].id, direction="out"), [("milk", -1), ("tea", -3)]),
        (FlowCriteria(search=f" {sold['number']} "), [("tea", 1), ("milk", -1), ("tea", -3)]),
        (FlowCriteria(search="none"), []),
        (FlowCriteria(since=date(2026, 1, 1), until=date(2026, 1, 31)), []),
    ):
        listed, _ = stock_flows.list_page(criteria, PAGE)
        assert [(row.level.sku.code, row.on_hand) for row in listed] == found, criteria


def test_movements_of_some_days_are_found_by_their_index(shops, server_url):
    if server_url is not None:
        pytest.skip("the plans of SQLite are compared")
    tables = {StockMovement._meta.table_name}
    with captured_statements() as statements:
        stock_flows.list_page(FlowCriteria(), PAGE)
        stock_flows.summarize(FlowCriteria(direction="out"), PAGE)
        before = list(statements)
        StockMovement.select().where(StockMovement.reason == "x").count()
    assert list_scans(before, growing=tables) == []
    assert len(list_scans(statements, growing=tables)) == 1  # the control
