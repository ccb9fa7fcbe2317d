"""Products as rows of a list and in detail, with their SKUs and how shops sell them."""

from collections.abc import Sequence
from typing import Any

from store.catalog import categories, shop_goods, skus
from store.catalog.products import Product
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku

_COLUMNS = ("code", "name", "brand", "unit", "origin", "source", "state", "is_hot", "tags")


def to_rows(rows: Sequence[Product]) -> list[dict[str, Any]]:
    """Return the products of a page as rows, with what their SKUs cost."""
    paths = categories.read_paths(categories.list_all(with_retired=True))
    found = skus.list_of_products([row.id for row in rows])
    return [_to_row(row, paths, found[row.id]) for row in rows]


def to_detail(product: Product, shop_ids: frozenset[int] | None) -> dict[str, Any]:
    """Return a product with its SKUs, and their rows in the shops that the account sees."""
    variants = skus.list_of_products([product.id])[product.id]
    paths = categories.read_paths(categories.list_all(with_retired=True))
    in_shops = shop_goods.list_of_skus([sku.id for sku in variants], shop_ids)
    by_id = {sku.id: sku for sku in variants}
    category = product.category
    return _to_row(product, paths, variants) | {
        "category_id": category.public_id if category else None, "keywords": product.keywords,
        "pictures": product.pictures, "description": product.description, "specifications": product.specifications,
        "parameters": product.parameters,
        "skus": [_to_sku(sku) for sku in variants],
        "shop_skus": [to_shop_sku(row, by_id[row.sku_id]) for row in in_shops],
    }  # fmt: skip


def to_shop_sku(row: ShopSku, sku: Sku) -> dict[str, Any]:
    """Return how a shop sells a SKU."""
    prices = shop_goods.read_prices(sku, row)
    return {
        "id": f"{row.shop.code}:{sku.public_id}", "shop": row.shop.code, "shop_name": row.shop.name,
        "sku_id": sku.public_id, "sku_code": sku.code, "specification": _specification(sku),
        "own_price_fen": row.price_fen, "price_fen": prices.price_fen, "member_price_fen": prices.member_fen,
        "rack_area": row.rack_area, "rack_number": row.rack_number, "rack": shop_goods.describe_rack(row),
        "is_sold": row.is_sold,
    }  # fmt: skip


def _to_row(product: Product, paths: dict[int, str], variants: list[Sku]) -> dict[str, Any]:
    prices = [sku.list_price_fen for sku in variants]
    return {"id": product.public_id, **{name: getattr(product, name) for name in _COLUMNS}} | {
        "category": paths.get(product.category_id, ""), "picture": (product.pictures or [""])[0],
        "sku_count": len(variants), "lowest_fen": min(prices, default=None), "highest_fen": max(prices, default=None),
        "barcode": next((sku.barcode for sku in variants if sku.barcode), "") if len(variants) == 1 else "",
        "created_at": product.created_at.isoformat(), "changed_at": product.changed_at.isoformat(),
    }  # fmt: skip


def _to_sku(sku: Sku) -> dict[str, Any]:
    names = ("code", "barcode", "list_price_fen", "member_price_fen", "specification")
    return {"id": sku.public_id, **{name: getattr(sku, name) for name in names}} | {
        "specification_text": _specification(sku),
    }


def _specification(sku: Sku) -> str:
    return " / ".join(sku.specification)
