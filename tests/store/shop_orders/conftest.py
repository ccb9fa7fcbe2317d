"""What the tests of orders of the shop start from: a shop with tea, and a member."""

import pytest

from store.catalog.skus import Sku
from store.customers.members import Member
from store.shops.shops import Shop
from tests.support import order_fixtures
from tests.support.shop_order_fixtures import offer_all, publish_sku


@pytest.fixture
def shop(acme: str, verify_afterwards: None) -> Shop:
    made = order_fixtures.create_shop()
    offer_all(made)
    return made


@pytest.fixture
def mei(shop: Shop) -> Member:
    """A member with 10 000 points and 100 yuan of stored value."""
    return order_fixtures.create_rich_member()


@pytest.fixture
def tea(shop: Shop) -> Sku:
    """Tea at 10 yuan, ten units."""
    return publish_sku(shop, "tea", name="龙井")


@pytest.fixture
def milk(shop: Shop) -> Sku:
    """Milk at 6 yuan, two units."""
    return publish_sku(shop, "milk", name="牛奶", price_fen=600, stock=2)
