"""What the tests of orders have besides the state: a shop, a member, and promises checked afterwards."""

import pytest

from store.customers.members import Member
from store.shops.shops import Shop
from tests.support import order_fixtures


@pytest.fixture
def shop(acme: str, verify_afterwards: None) -> Shop:
    return order_fixtures.create_shop()


@pytest.fixture
def mei(shop: Shop) -> Member:
    """A member with 10 000 points and 100 yuan of stored value."""
    return order_fixtures.create_rich_member()
