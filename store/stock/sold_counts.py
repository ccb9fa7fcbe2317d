"""Units that shops have sold (销量), by which customers sort goods: copied from stock to the lists of shops."""

from datetime import timedelta
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
    """Store the sold units of what was sold or came back lately, and return how many rows changed. Idempotent."""
    count = 0
    while renewed := _renew_batch():
        count += renewed
    return count


@db.transactional
def _renew_batch() -> int:
    since = clock.now() - LOOKBACK
    lately: Any = StockMovement.select(StockMovement.level).where(
        StockMovement.kind.in_(("sold", "returned")) & (StockMovement.at >= since)
    )
    in_shop = (ShopSku.shop == StockLevel.shop) & (ShopSku.sku == StockLevel.sku)
    query: Any = StockLevel.select(StockLevel.shop, StockLevel.sku, StockLevel.sold).join(ShopSku, on=in_shop)
    query = query.where((ShopSku.sold != StockLevel.sold) & (StockLevel.id << lately))
    by_shop: dict[int, dict[int, int]] = {}
    for shop_id, sku_id, sold in query.order_by(StockLevel.shop, StockLevel.sku).limit(BATCH).tuples():
        by_shop.setdefault(shop_id, {})[sku_id] = sold
    for shop_id, sold in by_shop.items():
        shop_goods.save_sold(shop_id, sold)
    return sum(map(len, by_shop.values()))
