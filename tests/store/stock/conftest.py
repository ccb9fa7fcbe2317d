"""What the tests of stock have besides the state: a shop with tea and milk, and promises checked afterwards."""

import pytest

from store.catalog.skus import Sku
from store.shops.shops import Shop
from tests.support import order_fixtures, stock_fixtures


@pytest.fixture
def shop(acme: str, verify_afterwards: None) -> Shop:
    return order_fixtures.create_shop()


@pytest.fixture
def tea(shop: Shop) -> Sku:
    """A SKU of which the shop has five units."""
    sku = stock_fixtures.create_sku("tea", name="龙井", specification=["250g"])
    stock_fixtures.receive(shop, sku, 5)
    return sku


@pytest.fixture
def milk(shop: Shop) -> Sku:
    """A SKU of which the shop has two units."""
    sku = stock_fixtures.create_sku("milk", name="牛奶")
    stock_fixtures.receive(shop, sku, 2)
    return sku
