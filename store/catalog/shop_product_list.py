"""The goods of a shop as customers see them (门店商品列表): published, sold in the shop, in a category in use."""

from collections.abc import Collection
from typing import Any

import peewee

from store.catalog import categories, search, shop_goods, skus
from store.catalog.categories import Category
from store.catalog.products import Product
from store.catalog.shop_goods import ShopProduct, ShopSku
from store.catalog.skus import Sku
from store.core import errors, keyset
from store.core.database import db
from store.core.keyset import Position
from store.shops.shops import Shop

_COLUMNS = {
    "newest": (ShopProduct.published_at, True),
    "price": (ShopProduct.lowest_fen, False),
    "-price": (ShopProduct.lowest_fen, True),
    "sales": (ShopProduct.sold, True),
}
SORTS = tuple(_COLUMNS)


def list_products(
    shop: Shop, *, text: str = "", category: Category | None = None, sort: str = "newest", page: int = 1,
    page_size: int = 20, after: Position | None = None, hot: bool = False,
) -> tuple[list[Product], int]:  # fmt: skip
    """Return one page of a shop's goods, or what comes after a position, and the total.

    Each product has `lowest_fen`, the lowest price of its SKUs in the shop, and `sold`, the units it has sold there.
    `hot` leaves the hot ones. A closed shop sells nothing.
    """
    if sort not in SORTS:
        raise errors.invalid("sort", f"可按 {'、'.join(SORTS)} 排序")
    query = _select(shop)
    if text.strip():
        query = query.where(db.in_ids(ShopProduct.product, search.find_ids(text)))
    if category is not None:
        query = query.where(ShopProduct.category << categories.list_subtree_ids(category))
    if hot:
        query = query.where(ShopProduct.product << Product.select(Product.id).where(Product.is_hot))
    column, descends = _COLUMNS[sort]
    keys = ((column, descends), (ShopProduct.product, descends))
    rows = keyset.select_page(query, keys, page=page, page_size=page_size, after=after)
    return _read_products(rows), query.count()


def get_position(product: Any, sort: str) -> Position:
    """Return the position of a product in a list."""
    column, _ = _COLUMNS[sort]
    return (getattr(product, column.name), product.id)


def get_product(shop: Shop, public_id: str) -> Product:
    """Return a product that the shop sells. Raises DomainError(not_found)."""
    found = Product.find(public_id=public_id)
    if found is None or not _is_shown(shop, found.id):
        raise errors.not_found("该商品")
    return found


def find_by_barcode(shop: Shop, barcode: str) -> Product | None:
    """Return the product of a bar code that the shop sells, or None."""
    sku = skus.find_by_barcode(barcode)
    if sku is None or ShopSku.find(shop=shop.id, sku=sku.id, is_sold=True) is None:
        return None
    return sku.product if _is_shown(shop, sku.product_id) else None


def list_categories(shop: Shop) -> list[Category]:
    """Return the categories with goods of a shop and those above them, by level and order."""
    used = {category_id for (category_id,) in _select(shop).select(ShopProduct.category).distinct().tuples()}
    rows = categories.list_all()
    by_id = {row.id: row for row in rows}
    shown: set[int] = set()
    for category_id in used & by_id.keys():
        row: Category | None = by_id[category_id]
        while row is not None:
            shown.add(row.id)
            row = by_id.get(row.parent_id)
    return [row for row in rows if row.id in shown]


def list_sold_skus(shop: Shop, product_ids: Collection[int]) -> dict[int, list[tuple[Sku, ShopSku]]]:
    """Return the SKUs of products that a shop sells, by the row id of the product."""
    variants = skus.list_of_products(product_ids)
    in_shop = shop_goods.find_of_shop(shop, [sku.id for rows in variants.values() for sku in rows])
    return {
        product_id: [(sku, in_shop[sku.id]) for sku in rows if sku.id in in_shop and in_shop[sku.id].is_sold]
        for product_id, rows in variants.items()
    }


def _is_shown(shop: Shop, product_id: int) -> bool:
    return bool(_select(shop).where(ShopProduct.product == product_id).exists())


def _select(shop: Shop) -> Any:
    query = ShopProduct.select().where(ShopProduct.shop == shop.id)
    return query if shop.state == "open" else query.where(peewee.SQL("1 = 0"))


def _read_products(rows: list[ShopProduct]) -> list[Product]:
    """Return the products of rows in their order, each with its lowest price and what was sold."""
    found: dict[int, Any] = {
        product.id: product for product in Product.by_ids([row.product_id for row in rows])
    }
    for row in rows:
        found[row.product_id].lowest_fen, found[row.product_id].sold = row.lowest_fen, row.sold
    return [found[row.product_id] for row in rows]
