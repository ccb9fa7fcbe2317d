"""What the routes of flash sales need: a shop with tea, a gate, and a sale of five teas."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

import config
import flash_gate
from store.catalog.skus import Sku
from store.flash_sales.flash_sales import FlashSale
from store.shops.shops import Shop
from tests.miniprogram_api.orders.conftest import merchant, pay, shop, tea
from tests.support.flash_fixtures import create_running
from tests.support.shop_order_fixtures import offer_all

__all__ = ["gate", "merchant", "pay", "sale", "shop", "tea"]


@pytest.fixture
def gate(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real Redis before the orders, and its address."""
    before = config.current()
    monkeypatch.setattr(flash_gate.config, "current", lambda: replace(before, redis_url=redis_url))
    monkeypatch.setattr(flash_gate, "_silence", flash_gate._Silence())
    flash_gate._load.cache_clear()
    yield redis_url
    flash_gate._load.cache_clear()


@pytest.fixture
def sale(shop: Shop, tea: Sku) -> FlashSale:
    offer_all(shop)
    return create_running(shop)
