"""The list of stock: found by name, code and bar code, by shop and warning."""

import pytest

from store.catalog import search
from store.catalog.search import SearchTexts
from store.core.listing import Page
from store.stock import changes, levels, stock_list
from store.stock.settings import StockSettings
from store.stock.stock_list import StockFilter
from store.tenants import settings
from tests.support import order_fixtures
from tests.support.stock_fixtures import create_sku, receive, reserve


@pytest.fixture
def other(shop, tea):
    """A second shop with one unit of tea and nine of rice."""
    other = order_fixtures.create_shop("S2")
    receive(other, tea, 1)
    receive(other, create_sku("rice", name="大米", barcode="6901234567892"), 9)
    return other


def found(**criteria) -> list[tuple[str, str]]:
    rows, total = stock_list.list_page(StockFilter(**criteria), Page())
    assert total == len(rows) == stock_list.count_levels(StockFilter(**criteria))
    return [(row.shop.code, row.sku.code) for row in rows]


def test_stock_is_found_by_what_is_on_the_label(shop, tea, milk, other):
    assert found(search="米") == found(search="ric") == found(search="6901234567892") == [("S2", "rice")]
    search.save_texts(tea.product, SearchTexts("龙井", "longjing\nlj"))
    assert found(search="LJ", shop_id=shop.id) == [("S1", "tea")]
    assert found(search="龙") == [("S1", "tea"), ("S2", "tea")]
    assert found(shop_id=shop.id) == [("S1", "milk"), ("S1", "tea")]
    assert found(shop_id=shop.id, shop_ids=frozenset({other.id})) == []
    assert [sku.code for sku in stock_list.list_skus("牛")] == ["milk"]


def test_low_stock_is_what_no_order_reserves(shop, tea, milk, other):
    settings.change(StockSettings, warning_at=2)
    assert found(state="low") == [("S2", "tea")]
    reserve(shop, "O1", (tea, 4))
    assert found(state="low") == [("S1", "tea"), ("S2", "tea")]
    (level,) = levels.list_levels(shop=shop, sku_ids=[tea.id])
    changes.set_warning(level, warning_at=0)
    assert found(state="enough", shop_id=shop.id) == [("S1", "milk"), ("S1", "tea")]


def test_the_list_is_sorted_by_what_is_left(shop, tea, milk, other):
    reserve(shop, "O1", (tea, 5))
    rows, _ = stock_list.list_page(StockFilter(), Page(sort="available", size=2))
    assert [row.available for row in rows] == [0, 1]
    assert len(list(stock_list.iterate_levels(StockFilter()))) == 4
