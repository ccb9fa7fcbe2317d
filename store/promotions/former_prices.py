"""Former prices (划线价): the lowest price of a unit that was paid in a shop in the seven days before."""

from collections.abc import Collection
from datetime import datetime, timedelta

from store.core import clock
from store.core.database import db
from store.core.database.fields import to_naive_utc
from store.shops.shops import Shop

PERIOD = timedelta(days=7)
MAX_SKUS = 500

_SQL = """
SELECT line.sku_id, MIN(line.goods_fen / line.quantity)
FROM order_line AS line JOIN "order" AS sale ON sale.id = line.order_id
WHERE sale.shop_id = ? AND sale.direction = 'sale' AND sale.paid_at >= ? AND sale.paid_at < ?
AND line.quantity > 0 AND line.goods_fen > 0 AND line.sku_id IN ({marks})
GROUP BY line.sku_id
"""


def read_former_prices(
    *, shop: Shop, sku_ids: Collection[int], before: datetime | None = None
) -> dict[int, int]:
    """Return by SKU id the lowest price in fen that customers of a shop paid for a unit in the 7 days before a moment.

    `before` is when the promotion began, by default now. It is the price after all discounts, as the rules on prices
    demand (规范促销行为暂行规定, 原价). A SKU that nobody has paid for is left out: its price has no strike.
    """
    wanted = sorted(set(sku_ids))[:MAX_SKUS]
    if not wanted:
        return {}
    end = before or clock.now()
    sql = _SQL.format(marks=", ".join("?" * len(wanted))).replace("?", db.database.param)
    moments = [to_naive_utc(end - PERIOD), to_naive_utc(end)]
    rows = db.database.execute_sql(sql, [shop.id, *moments, *wanted]).fetchall()
    return {sku_id: int(fen) for sku_id, fen in rows}
