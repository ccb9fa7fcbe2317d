"""The flash sale of the demo: three goods of the first shop, announced and selling for a week."""

from datetime import timedelta

from demo.staff import LOGIN
from store.catalog import shop_goods
from store.catalog.skus import Sku
from store.core import actors, clock
from store.flash_sales import flash_sales, sale_list, submissions
from store.flash_sales.sale_list import FlashSaleFilter
from store.shops import shops
from store.shops.shops import Shop
from store.stock.levels import StockLevel

GOODS_COUNT, UNITS, LIMIT = 3, 5, 2
PERCENT = 60  # of the usual price


def seed_flash_sale() -> None:
    """Publish a sale, approved by the administrator. Idempotent."""
    if next(sale_list.iterate_sales(FlashSaleFilter()), None) is not None:
        return
    rows, _ = shops.list_shops(page_size=1)
    now = clock.now()
    values = {
        "name": "开业抢购", "announced_at": (now - timedelta(hours=2)).isoformat(),
        "starts_at": (now - timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(days=7)).isoformat(),
        "rules_text": "数量有限，抢完为止。每人每种限购 2 件，付款后到店自提或送货上门。",
        "shops": [rows[0].code], "goods": _list_goods(rows[0]),
    }  # fmt: skip
    if not values["goods"]:
        return
    approval = submissions.submit(flash_sales.create_draft(values=values), approver=LOGIN)
    with actors.acting_as(actors.Actor(kind="staff", name=LOGIN)):
        submissions.approve(approval, version=approval.version)


def _list_goods(shop: Shop) -> list[dict[str, object]]:
    """Return the goods with the most units, at a part of their usual price."""
    enough = (StockLevel.shop == shop.id) & (StockLevel.on_hand - StockLevel.reserved >= 2 * UNITS)
    levels = StockLevel.select().where(enough).order_by(StockLevel.on_hand.desc(), StockLevel.id)
    skus = {level.sku_id: level.sku for level in levels.limit(10 * GOODS_COUNT)}
    sold = {key: row for key, row in shop_goods.find_of_shop(shop, set(skus)).items() if row.is_sold}
    chosen: dict[int, Sku] = {}
    for sku_id, sku in skus.items():
        if sku_id in sold and sku.state == "active" and sku.product_id not in chosen:
            chosen[sku.product_id] = sku
    return [
        {
            "sku": sku.code, "quantity": UNITS, "limit": LIMIT,
            "price_fen": shop_goods.read_prices(sku, sold[sku.id]).price_fen * PERCENT // 100,
        }
        for sku in list(chosen.values())[:GOODS_COUNT]
    ]  # fmt: skip
