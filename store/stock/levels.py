"""Stock levels (库存): how much of a SKU a shop has, how much of it orders reserve, and how much it has sold.

Levels change in `movements.post_movement` only.
"""

from collections.abc import Iterable

import peewee

from store.catalog.skus import Sku
from store.core import errors
from store.core.database import db
from store.core.database.models import Model
from store.core.input_limits import MAX_ID
from store.shops.shops import Shop

MAX_QUANTITY = 100_000_000  # units of one change


class StockLevel(Model):
    """The stock of a SKU in a shop, in units. `on_hand` includes what is reserved. `sold` is less returns.

    Stock below `warning_at` is low, None takes the limit of the settings.
    """

    shop = peewee.ForeignKeyField(Shop, backref="stock_levels", index=False)
    sku = peewee.ForeignKeyField(Sku, backref="stock_levels")
    on_hand = peewee.BigIntegerField(default=0)
    reserved = peewee.BigIntegerField(default=0, constraints=[peewee.Check("reserved >= 0")])
    sold = peewee.BigIntegerField(default=0, constraints=[peewee.Check("sold >= 0")])
    warning_at = peewee.BigIntegerField(null=True, constraints=[peewee.Check("warning_at >= 0")])

    class Meta:
        constraints = [peewee.Check("reserved <= on_hand")]
        indexes = ((("shop", "sku"), True),)

    @property
    def available(self) -> int:
        """Return how many units an order can still reserve."""
        return int(self.on_hand - self.reserved)


def lock_or_create(*, shop: Shop, sku: Sku) -> StockLevel:
    """Lock the stock of a SKU in a shop, which is empty at first. Requires a transaction."""
    StockLevel.insert(shop=shop, sku=sku).on_conflict_ignore().execute()
    return db.lock(StockLevel.select().where((StockLevel.shop == shop) & (StockLevel.sku == sku))).get()


def lock(level: StockLevel) -> StockLevel:
    """Lock the row of a level and return it as it is now. Requires a transaction."""
    return db.lock(StockLevel.select().where(StockLevel.id == level.id)).get()


def get_by_id(level_id: int) -> StockLevel:
    """Return the stock of a row id. Raises DomainError(not_found)."""
    found = StockLevel.find(id=level_id) if level_id <= MAX_ID else None
    if found is None:
        raise errors.not_found("该库存")
    return found


def list_levels(*, shop: Shop, sku_ids: Iterable[int]) -> list[StockLevel]:
    """Return the stock of SKUs in a shop by row id. A SKU that the shop never had is left out."""
    wanted = sorted(set(sku_ids))
    marks = ", ".join("?" * len(wanted))
    condition = f'"shop_id" = ? AND "sku_id" IN ({marks}) ORDER BY "id"'
    return StockLevel.find_where(condition, shop.id, *wanted) if wanted else []


def read_available(*, shop: Shop, sku_ids: Iterable[int]) -> dict[int, int]:
    """Return how many units of each SKU an order can reserve in a shop, 0 for a SKU that the shop never had."""
    wanted = set(sku_ids)
    found = {level.sku_id: level.available for level in list_levels(shop=shop, sku_ids=wanted)}
    return {sku_id: found.get(sku_id, 0) for sku_id in wanted}
