"""Deletion of products (删除商品) that no shop has in stock any more."""

from collections.abc import Sequence

from store.catalog import changes, products
from store.catalog.changes import BatchResult
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core.database import db
from store.core.errors import DomainError
from store.stock.levels import StockLevel


@db.transactional
def delete_product(product: Product) -> Product:
    """Delete a product for good. Orders keep its name and price. Idempotent.

    Raises DomainError(not_found, product_published, product_in_stock).
    """
    row = products.lock(product)
    if row.state == "deleted":
        return row
    if row.state == "published":
        raise DomainError("product_published", f"“{row.name}”还在上架，请先下架", 409)
    left = StockLevel.select().join(Sku).where((Sku.product == row.id) & (StockLevel.on_hand > 0))
    count = left.select(StockLevel.shop).distinct().count()
    if count:
        raise DomainError("product_in_stock", f"“{row.name}”在 {count} 家门店还有库存，不能删除", 409)
    return changes.mark_deleted(row)


def delete_many(rows: Sequence[Product]) -> BatchResult:
    """Delete products, each that can be. Raises DomainError(invalid) for too many."""
    return changes.change_many(rows, delete_product)
