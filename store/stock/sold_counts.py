"""Units that shops have sold (销量), by which customers sort goods: copied from stock to the lists of shops."""

from datetime import datetime, timedelta
from typing import Any

from store.catalog import shop_goods
from store.catalog.shop_goods import ShopSku
from store.core import clock
from store.core.database import db
from store.stock.levels import StockLevel
from store.stock.movements import StockMovement

BATCH = 200
LOOKBACK = timedelta(days=1)  # what a pause of the scheduler may take; a later sale corrects the rest


def renew_sold_counts() -> int:
    """Store the sold units of what was sold or came back lately, and return how many rows changed. Idempotent.

    While nothing is counted yet, all that was ever sold is.
    """
    count, is_first = 0, not ShopSku.select().where(ShopSku.sold != 0).exists()
    while renewed := _renew_batch(None if is_first else clock.now() - LOOKBACK):
        count += renewed
    return count


@db.transactional
def _renew_batch(since: datetime | None) -> int:
    in_shop = (ShopSku.shop == StockLevel.shop) & (ShopSku.sku == StockLevel.sku)
    query: Any = StockLevel.select(StockLevel.shop, StockLevel.sku, StockLevel.sold).join(ShopSku, on=in_shop)
    query = query.where(ShopSku.sold != StockLevel.sold)
    if since is not None:
        moved = StockMovement.kind.in_(("sold", "returned")) & (StockMovement.at >= since)
        query = query.where(StockLevel.id << StockMovement.select(StockMovement.level).where(moved))
    by_shop: dict[int, dict[int, int]] = {}
    for shop_id, sku_id, sold in query.order_by(StockLevel.shop, StockLevel.sku).limit(BATCH).tuples():
        by_shop.setdefault(shop_id, {})[sku_id] = sold
    for shop_id, sold in by_shop.items():
        shop_goods.save_sold(shop_id, sold)
    return sum(map(len, by_shop.values()))
