"""What is in a product group (商品组): products by an explicit list, and categories with all below them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import peewee

from store.catalog.categories import Category
from store.catalog.product_groups import ProductGroup
from store.catalog.products import Product
from store.core import cache, listing
from store.core.database import db
from store.core.database.models import Model
from store.core.listing import Page

MAX_PRODUCTS = 5_000
MAX_CATEGORIES = 100
# A constant text, which peewee would build for each order.
_LISTED = (
    'SELECT "m"."product_id", "g"."code" FROM "product_group_product" "m" '
    'JOIN "product_group" "g" ON "g"."id" = "m"."group_id" WHERE "g"."state" <> \'draft\' AND "m"."product_id" IN (?)'
)


class ProductGroupProduct(Model):
    """A product of the list of a group."""

    group = peewee.ForeignKeyField(ProductGroup, index=False)
    product = peewee.ForeignKeyField(Product)

    class Meta:
        indexes = ((("group", "product"), True),)


class ProductGroupCategory(Model):
    """A category whose products, and those of the categories below it, are in a group."""

    group = peewee.ForeignKeyField(ProductGroup, index=False)
    category = peewee.ForeignKeyField(Category)

    class Meta:
        indexes = ((("group", "category"), True),)


def list_categories(group: ProductGroup) -> list[Category]:
    """Return the categories of a group by level and order."""
    query = Category.select().join(ProductGroupCategory).where(ProductGroupCategory.group == group.id)
    return list(query.order_by(Category.level, Category.sort_order, Category.id))


def list_products_page(group: ProductGroup, page: Page, *, search: str = "") -> tuple[list[Product], int]:
    """Return a page of the listed products of a group and the number of all. `search` is a part of name or code."""
    query: Any = Product.select().join(ProductGroupProduct).where(ProductGroupProduct.group == group.id)
    if search.strip():
        query = query.where(Product.name.contains(search.strip()) | Product.code.contains(search.strip()))
    sorts = {"code": Product.code, "name": Product.name}
    return listing.read_page(query, page, sorts=sorts, default="code", id_field=Product.id)


def count_members(group_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return how many products and categories each group lists, by row id."""
    counts = []
    for model in (ProductGroupProduct, ProductGroupCategory):
        query: Any = model.select(model.group, peewee.fn.COUNT(model.id)).where(
            model.group << sorted(group_ids)
        )
        counts.append(dict(query.group_by(model.group).tuples()))
    return {one: (counts[0].get(one, 0), counts[1].get(one, 0)) for one in group_ids}


def list_codes(goods: Iterable[Product], category_ids: Mapping[int, Sequence[int]]) -> dict[int, set[str]]:
    """Return the codes of the groups of each product by its row id, drafts left out.

    `category_ids` are the categories of each product: its own and those above it.
    """
    lists_products, by_category = _read_scopes()
    found: dict[int, set[str]] = {product.id: set() for product in goods}
    if lists_products and found:
        marks = ", ".join(["%s" if db.is_postgresql() else "?"] * len(found))
        rows = db.database.execute_sql(_LISTED.replace("?", marks), sorted(found))
        for product_id, code in rows.fetchall():
            found[product_id].add(code)
    for product_id, codes in found.items():
        for category_id in category_ids.get(product_id, ()):
            codes |= by_category.get(category_id, frozenset())
    return found


def count_products(group: ProductGroup) -> int:
    """Return how many products a group lists."""
    return int(ProductGroupProduct.select().where(ProductGroupProduct.group == group.id).count())


def list_product_ids(group: ProductGroup) -> set[int]:
    """Return the row ids of the listed products of a group."""
    query: Any = ProductGroupProduct.select(ProductGroupProduct.product)
    return {one for (one,) in query.where(ProductGroupProduct.group == group.id).tuples()}


def save_products(group: ProductGroup, product_ids: Collection[int]) -> None:
    """Add products to the list of a group. Requires a transaction and the lock of the group."""
    ProductGroupProduct.create_many([{"group": group.id, "product": one} for one in sorted(product_ids)])


def delete_products(group: ProductGroup, product_ids: Collection[int]) -> int:
    """Take products off the list of a group and return how many. Requires a transaction and the lock of the group."""
    chosen = db.in_ids(ProductGroupProduct.product, product_ids)
    return int(ProductGroupProduct.delete().where((ProductGroupProduct.group == group.id) & chosen).execute())


def replace_categories(group: ProductGroup, category_ids: Collection[int]) -> bool:
    """Make the categories of a group those given. Returns whether they changed.

    Requires a transaction and the lock of the group.
    """
    before = {row.id for row in list_categories(group)}
    if before == set(category_ids):
        return False
    ProductGroupCategory.delete().where(ProductGroupCategory.group == group.id).execute()
    ProductGroupCategory.create_many([{"group": group.id, "category": one} for one in sorted(category_ids)])
    return True


@cache.cached(ttl_s=1)
def _read_scopes() -> tuple[bool, dict[int, frozenset[str]]]:
    """Return whether a group in use lists products, and the codes of the groups in use by category.

    Each order asks for it, and it seldom changes.
    """
    in_use = ProductGroup.state != "draft"
    listed = ProductGroupProduct.select().join(ProductGroup).where(in_use)
    named: Any = ProductGroupCategory.select(ProductGroupCategory.category, ProductGroup.code).join(
        ProductGroup
    )
    found: dict[int, frozenset[str]] = {}
    for category_id, code in named.where(in_use).tuples():
        found[category_id] = found.get(category_id, frozenset()) | {code}
    return listed.exists(), found
