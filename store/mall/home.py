"""The home page of the mall (商城首页): the store that a visitor enters, and the goods that it shows first."""

from collections.abc import Iterable
from typing import Any

import peewee

from store.catalog.products import Product
from store.catalog.shop_goods import ShopProduct
from store.catalog.skus import Sku
from store.core import cache
from store.mall.settings import MallSettings
from store.shops import nearby
from store.shops.coordinates import Coordinates
from store.shops.shops import Shop
from store.stock.levels import StockLevel
from store.tenants import settings

MAX_SEARCHED = 50  # the nearest shops, among which one with goods is searched
MAX_GOODS = 10


def find_store(origin: Coordinates | None) -> Shop | None:
    """Return the nearest open store that sells goods, without a place the first, or None."""
    if origin is not None:
        found = nearby.list_nearest(origin, limit=MAX_SEARCHED)
        selling = _select_selling(row.shop.id for row in found)
        nearest = next((row.shop for row in found if row.shop.id in selling), None)
        if nearest is not None:
            return nearest
    query = Shop.select().where((Shop.state == "open") & peewee.fn.EXISTS(_goods_of_shop()))
    return query.order_by(Shop.code).first()


def list_recommended(shop: Shop) -> list[Product]:
    """Return the recommended goods that a store sells, in the order of the settings."""
    codes = [row.code for row in settings.read(MallSettings).recommended]
    if not codes:
        return []
    query = Product.select().join(ShopProduct).where((ShopProduct.shop == shop.id) & (Product.code << codes))
    found = {product.code: product for product in query}
    return [found[code] for code in dict.fromkeys(codes) if code in found][:MAX_GOODS]


def list_newest(shop: Shop) -> list[Product]:
    """Return the goods of a store that were published last."""
    query = Product.select().join(ShopProduct).where(ShopProduct.shop == shop.id)
    return list(query.order_by(ShopProduct.published_at.desc(), ShopProduct.product.desc()).limit(MAX_GOODS))


def list_hot(shop: Shop) -> list[Product]:
    """Return the goods of a store that were sold most."""
    ids = _read_hot_ids(shop.id)
    found = {product.id: product for product in Product.by_ids(ids)}
    return [found[product_id] for product_id in ids if product_id in found]


@cache.cached(ttl_s=60)
def _read_hot_ids(shop_id: int) -> list[int]:
    """Return the row ids of the goods that a store sold most. It reads all stock of the store."""
    units = peewee.fn.SUM(StockLevel.sold)
    query = (
        StockLevel.select(ShopProduct.product)
        .join(Sku)
        .join(ShopProduct, on=(ShopProduct.product == Sku.product) & (ShopProduct.shop == StockLevel.shop))
        .where((StockLevel.shop == shop_id) & (StockLevel.sold > 0))
        .group_by(ShopProduct.product)
        .order_by(units.desc(), ShopProduct.product)
        .limit(MAX_GOODS)
    )
    rows: Any = query.tuples()
    return [int(product_id) for (product_id,) in rows]


def _select_selling(shop_ids: Iterable[int]) -> set[int]:
    query = Shop.select(Shop.id).where((Shop.id << list(shop_ids)) & peewee.fn.EXISTS(_goods_of_shop()))
    rows: Any = query.tuples()
    return {row_id for (row_id,) in rows}


def _goods_of_shop() -> Any:
    return ShopProduct.select(peewee.SQL("1")).where(ShopProduct.shop == Shop.id)
