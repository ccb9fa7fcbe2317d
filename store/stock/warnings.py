"""Stock warnings (库存预警): what is below its own limit, or that of its category, or that of the settings."""

from typing import Any

import peewee
from peewee import fn

from store.catalog import categories
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.stock.levels import StockLevel
from store.stock.settings import StockSettings
from store.tenants import settings


def read_limit(level: StockLevel) -> int:
    """Return the limit below which a level is low."""
    if level.warning_at is not None:
        return int(level.warning_at)
    limits = categories.read_warning_limits()
    usual = settings.read(StockSettings).warning_at
    return limits.get(level.sku.product.category_id, usual) if limits else usual


def is_low(level: StockLevel) -> bool:
    """Return whether an order can reserve fewer units than the limit."""
    return level.available < read_limit(level)


def low_condition() -> Any:
    """Return the condition of levels that are low."""
    limits = [StockLevel.warning_at, *_of_category(), settings.read(StockSettings).warning_at]
    return StockLevel.on_hand - StockLevel.reserved < fn.COALESCE(*limits)


def count_low(shop_ids: frozenset[int] | None = None) -> int:
    """Return how many levels of some shops are low, None for all shops."""
    query = StockLevel.select().where(low_condition())
    return int((query if shop_ids is None else query.where(StockLevel.shop << sorted(shop_ids))).count())


def _of_category() -> list[Any]:
    """Return the limit of a level's category as a query, nothing while no category has one."""
    limits = categories.read_warning_limits()
    if not limits:
        return []
    chosen, product = Sku.alias(), Product.alias()
    limit = peewee.Case(product.category, tuple(sorted(limits.items())))
    return [
        chosen.select(limit).join(product, on=chosen.product == product.id).where(chosen.id == StockLevel.sku)
    ]
