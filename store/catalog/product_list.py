"""The list of products (商品列表) for staff: searched, filtered, sorted and paged, and whole for exports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from store.catalog import categories, search
from store.catalog.products import Product
from store.catalog.shop_goods import ShopSku
from store.catalog.skus import Sku
from store.core import listing
from store.core.database import db
from store.core.listing import Page

MAX_CHOICES = 200
_SORTS = {
    "code": Product.code, "name": Product.name, "brand": Product.brand, "created_at": Product.created_at,
    "changed_at": Product.changed_at,
}  # fmt: skip


@dataclass(frozen=True)
class ProductFilter:
    """`search` as `store/catalog/search.py`; `category` is a public id and includes what is below it.

    `shop_id` leaves the products that the shop has taken over. Deleted ones are listed by their state only.
    """

    search: str = ""
    state: str | None = None
    category: str | None = None
    brand: str | None = None
    shop_id: int | None = None
    hot: bool | None = None


def list_page(criteria: ProductFilter, page: Page) -> tuple[list[Product], int]:
    """Return a page of products and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=Product.id
    )


def iterate_products(criteria: ProductFilter) -> Iterator[Product]:
    """Yield all products of a filter, the latest first."""
    yield from listing.iterate_rows(_select(criteria), id_field=Product.id)


def count_products(criteria: ProductFilter) -> int:
    """Return the number of products of a filter."""
    return int(_select(criteria).count())


def count_by_category() -> dict[int, int]:
    """Return how many products each category has, by row id."""
    count = peewee.fn.COUNT(Product.id)
    query = Product.select(Product.category, count).where(Product.state != "deleted")
    return dict(query.group_by(Product.category).tuples())  # type: ignore[arg-type]


def list_brands() -> list[str]:
    """Return the brands in use, by name."""
    query: Any = (
        Product.select(Product.brand)
        .where((Product.brand != "") & (Product.state != "deleted"))
        .distinct()
        .order_by(Product.brand)
    )
    return [brand for (brand,) in query.limit(MAX_CHOICES).tuples()]


def _select(criteria: ProductFilter) -> Any:
    query = Product.select()
    if criteria.hot is not None:
        query = query.where(Product.is_hot == criteria.hot)
    if criteria.search:
        query = query.where(db.in_ids(Product.id, search.find_ids(criteria.search)))
    state = Product.state
    query = query.where(state == criteria.state if criteria.state else state != "deleted")
    if criteria.brand:
        query = query.where(Product.brand == criteria.brand)
    if criteria.category:
        chosen = categories.get_by_public_id(criteria.category)
        query = query.where(Product.category << categories.list_subtree_ids(chosen))
    if criteria.shop_id is not None:
        taken = Sku.select(Sku.product).join(ShopSku).where(ShopSku.shop == criteria.shop_id)
        query = query.where(Product.id << taken)
    return query
