"""Goods and stock for tests: SKUs, units on hand, and what orders reserve."""

from itertools import count
from typing import Any

from store.catalog.products import Product
from store.catalog.skus import Sku
from store.shops.shops import Shop
from store.stock import changes, levels, reservations
from store.stock.reservations import StockReservation
from store.stock.stock_lines import StockLine

_numbers = count(1)


def create_sku(code: str = "tea", *, name: str = "龙井", **more: Any) -> Sku:
    """A SKU of a product of its own."""
    product = Product.create(code=f"P-{code}", name=name, state="published")
    return Sku.create(product=product, code=code, list_price_fen=1_000, **more)


def receive(shop: Shop, sku: Sku, quantity: int) -> None:
    changes.receive(shop=shop, sku=sku, quantity=quantity, key=f"stock-{sku.code}-{next(_numbers)}")


def reserve(
    shop: Shop, order_number: str, *wanted: tuple[Sku, int], key: str | None = None
) -> list[StockReservation]:
    lines = [StockLine(sku.id, quantity) for sku, quantity in wanted]
    return reservations.reserve(shop=shop, order_number=order_number, lines=lines, key=key)


def units_of(shop: Shop, sku: Sku) -> tuple[int, int, int]:
    """How many units are on hand, reserved and sold."""
    found = levels.list_levels(shop=shop, sku_ids=[sku.id])
    return (found[0].on_hand, found[0].reserved, found[0].sold) if found else (0, 0, 0)
