"""The goods of a shop as customers see them (门店商品列表): published, sold in the shop, in a category in use."""

from typing import Any

import peewee

from store.catalog import categories, search
from store.catalog.categories import Category
from store.catalog.products import Product
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku
from store.core import errors, keyset
from store.core.keyset import Position
from store.shops.shops import Shop

SORTS = ("newest", "price", "-price")


def list_products(
    shop: Shop, *, text: str = "", category: Category | None = None, sort: str = "newest", page: int = 1,
    page_size: int = 20, after: Position | None = None,
) -> tuple[list[Product], int]:  # fmt: skip
    """Return one page of a shop's goods, or what comes after a position, and the total.

    Each product has `lowest_fen`, the lowest price of its SKUs in the shop. A closed shop sells nothing.
    """
    if sort not in SORTS:
        raise errors.invalid("sort", f"可按 {'、'.join(SORTS)} 排序")
    query, lowest = _select(shop)
    for condition in search.list_conditions(text):
        query = query.where(condition)
    if category is not None:
        query = query.where(Product.category << categories.list_subtree_ids(category))
    keys = {
        "newest": ((Product.published_at, True), (Product.id, True)),
        "price": ((lowest, False), (Product.id, True)),
        "-price": ((lowest, True), (Product.id, True)),
    }[sort]
    return keyset.select_page(query, keys, page=page, page_size=page_size, after=after), query.count()


def get_position(product: Product, sort: str) -> Position:
    """Return the position of a product in a list."""
    return (product.published_at if sort == "newest" else product.lowest_fen, product.id)


def get_product(shop: Shop, public_id: str) -> Product:
    """Return a product that the shop sells. Raises DomainError(not_found)."""
    query, _ = _select(shop)
    found = query.where(Product.public_id == public_id).first()
    if found is None:
        raise errors.not_found("该商品")
    return found


def find_by_barcode(shop: Shop, barcode: str) -> Product | None:
    """Return the product of a bar code that the shop sells, or None."""
    query, _ = _select(shop)
    owner = Sku.select(Sku.product).join(ShopSku)
    sold = (Sku.barcode == barcode) & (Sku.state == "active") & (ShopSku.shop == shop.id) & ShopSku.is_sold
    return query.where(Product.id << owner.where(sold)).first()


def list_categories(shop: Shop) -> list[Category]:
    """Return the categories with goods of a shop and those above them, by level and order."""
    query, _ = _select(shop)
    used = {category_id for (category_id,) in query.select(Product.category).distinct().tuples()}
    rows = categories.list_all()
    by_id = {row.id: row for row in rows}
    shown: set[int] = set()
    for category_id in used & by_id.keys():
        row: Category | None = by_id[category_id]
        while row is not None:
            shown.add(row.id)
            row = by_id.get(row.parent_id)
    return [row for row in rows if row.id in shown]


def _select(shop: Shop) -> tuple[Any, Any]:
    """Return the query of what customers see, and its column of the lowest price."""
    price = peewee.fn.COALESCE(ShopSku.price_fen, Sku.list_price_fen)
    sold = (
        Sku.select(Sku.product.alias("product_id"), peewee.fn.MIN(price).alias("lowest_fen"))
        .join(ShopSku)
        .where((ShopSku.shop == shop.id) & ShopSku.is_sold & (Sku.state == "active"))
        .group_by(Sku.product)
        .alias("sold")
    )
    lowest = sold.c.lowest_fen
    query = (
        Product.select(Product, lowest)
        .join(sold, on=(Product.id == sold.c.product_id))
        .where((Product.state == "published") & Product.category.is_null(False))
        .objects()
    )
    return (query if shop.state == "open" else query.where(peewee.SQL("1 = 0"))), lowest
