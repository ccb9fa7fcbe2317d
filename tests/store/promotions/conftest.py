"""What the tests of promotions start from: a shop with tea and milk, and a member."""

from tests.store.shop_orders.conftest import mei, milk, shop, tea  # noqa: F401
