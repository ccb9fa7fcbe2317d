"""Retirement of a category (停用分类), which needs that nothing is in use below it."""

from store.catalog import categories
from store.catalog.categories import Category
from store.catalog.products import Product
from store.core import clock
from store.core.database import db
from store.core.errors import DomainError
from store.tenants import audit


@db.transactional
def retire_category(category: Category) -> Category:
    """Stop the use of a category, which takes no more products and is not shown. Idempotent.

    Raises DomainError(category_in_use) while it has categories or published products.
    """
    row = categories.lock(category)
    if row.retired_at is not None:
        return row
    if Category.select().where((Category.parent == row.id) & Category.retired_at.is_null()).exists():
        raise DomainError("category_in_use", f"请先停用“{row.name}”的下级分类", 409)
    count = Product.select().where((Product.category == row.id) & (Product.state == "published")).count()
    if count:
        raise DomainError(
            "category_in_use", f"“{row.name}”有 {count} 个已上架商品，请先下架或移到其他分类", 409
        )
    row.update_fields(retired_at=clock.now())
    audit.record("categories.retire", f"category:{row.code}")
    return row
