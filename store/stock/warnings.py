"""Stock warnings (库存预警): what is below its own limit, or below the limit of the settings."""

from typing import Any

from peewee import fn

from store.stock.levels import StockLevel
from store.stock.settings import StockSettings
from store.tenants import settings


def read_limit(level: StockLevel) -> int:
    """Return the limit below which a level is low."""
    return level.warning_at if level.warning_at is not None else settings.read(StockSettings).warning_at


def is_low(level: StockLevel) -> bool:
    """Return whether an order can reserve fewer units than the limit."""
    return level.available < read_limit(level)


def low_condition() -> Any:
    """Return the condition of levels that are low."""
    limit = fn.COALESCE(StockLevel.warning_at, settings.read(StockSettings).warning_at)
    return StockLevel.on_hand - StockLevel.reserved < limit


def count_low(shop_ids: frozenset[int] | None = None) -> int:
    """Return how many levels of some shops are low, None for all shops."""
    query = StockLevel.select().where(low_condition())
    return int((query if shop_ids is None else query.where(StockLevel.shop << sorted(shop_ids))).count())
