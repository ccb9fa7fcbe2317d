"""Former prices (划线价): the lowest price of a unit that was paid in a shop in the seven days before."""

from collections.abc import Collection
from datetime import datetime, timedelta

from store.core import cache, clock
from store.core.database import db
from store.core.database.fields import to_naive_utc
from store.shops.shops import Shop

PERIOD = timedelta(days=7)
MAX_SKUS = 500
_LONGEST_UNPAID = timedelta(
    days=30
)  # from placing to paying, so that the index of a shop's orders bounds the search

_SQL = """
SELECT line.sku_id, MIN(line.goods_fen / line.quantity)
FROM order_line AS line JOIN "order" AS sale ON sale.id = line.order_id
WHERE sale.shop_id = ? AND sale.placed_at >= ? AND sale.placed_at < ? AND sale.direction = 'sale'
AND sale.paid_at >= ? AND sale.paid_at < ?
AND line.quantity > 0 AND line.goods_fen > 0 AND line.sku_id IN ({marks})
GROUP BY line.sku_id
"""


def read_former_prices(
    *, shop: Shop, sku_ids: Collection[int], before: datetime | None = None
) -> dict[int, int]:
    """Return by SKU id the lowest price in fen that customers of a shop paid for a unit in the 7 days before a moment.

    `before` is when the promotion began, by default now. It is the price after all discounts, as the rules on prices
    demand (规范促销行为暂行规定, 原价). A SKU without a sale is left out: its price has no strike. At most a minute
    old.
    """
    wanted = tuple(sorted(set(sku_ids))[:MAX_SKUS])
    end = before or clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    return _read_lowest(shop.id, wanted, end) if wanted else {}


@cache.cached(ttl_s=60)
def _read_lowest(shop_id: int, sku_ids: tuple[int, ...], end: datetime) -> dict[int, int]:
    sql = _SQL.format(marks=", ".join("?" * len(sku_ids))).replace("?", db.database.param)
    moments = (end - PERIOD - _LONGEST_UNPAID, end, end - PERIOD, end)
    params = [shop_id, *(to_naive_utc(moment) for moment in moments), *sku_ids]
    return {sku_id: int(fen) for sku_id, fen in db.database.execute_sql(sql, params).fetchall()}
