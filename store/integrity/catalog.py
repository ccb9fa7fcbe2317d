"""Goods: what customers of a shop see agrees with products, SKUs and prices."""

from typing import Any

import peewee

from store.catalog.products import Product
from store.catalog.shop_goods import ShopProduct, ShopSku
from store.catalog.skus import Sku
from store.integrity.check import Check, Rows


def _find_outdated_shop_products() -> Rows:
    """Find rows whose product is not published, or whose lowest price or number of sold units is another."""
    price = peewee.fn.COALESCE(ShopSku.price_fen, Sku.list_price_fen)
    mine = (
        (Sku.product == ShopProduct.product) & (ShopSku.shop == ShopProduct.shop)
        & ShopSku.is_sold & (Sku.state == "active")
    )  # fmt: skip
    lowest: Any = ShopSku.select(peewee.fn.MIN(price)).join(Sku).where(mine)
    sold: Any = ShopSku.select(peewee.fn.SUM(ShopSku.sold)).join(Sku).where(mine)
    differs = (
        (Product.state != "published") | (Product.category != ShopProduct.category)
        | (ShopProduct.lowest_fen != peewee.fn.COALESCE(lowest, -1))
        | (ShopProduct.sold != peewee.fn.COALESCE(sold, -1))
    )  # fmt: skip
    columns = (ShopProduct.id, ShopProduct.shop, ShopProduct.product)
    return ShopProduct.select(*columns).join(Product).where(differs).tuples()


def _find_missing_shop_products() -> Rows:
    """Find the published products that a shop sells and its customers do not see."""
    seen: Any = ShopProduct.select(ShopProduct.id).where(
        (ShopProduct.shop == ShopSku.shop) & (ShopProduct.product == Sku.product)
    )
    sold = ShopSku.is_sold & (Sku.state == "active") & (Product.state == "published")
    query: Any = ShopSku.select(ShopSku.shop, Sku.product).join(Sku).join(Product)
    return query.where(sold & ~peewee.fn.EXISTS(seen)).distinct().tuples()


CHECKS = (
    Check(
        name="catalog.shop_products",
        invariant="顾客看到的门店商品与商品、规格和价格一致",
        message="门店商品 {0}（门店 {1}，商品 {2}）：与商品或价格不一致",
        find_violations=_find_outdated_shop_products,
    ),
    Check(
        name="catalog.published",
        invariant="已上架且门店在售的商品，顾客都能看到",
        message="门店 {0} 的商品 {1}：已上架且在售，但顾客看不到",
        find_violations=_find_missing_shop_products,
    ),
)
