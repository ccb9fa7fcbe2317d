"""What the tests of flash sales start from: a shop with ten teas, and members."""

from tests.store.shop_orders.conftest import mei, shop, tea

__all__ = ["mei", "shop", "tea"]
