"""The list of stock (库存) for staff: searched by product, filtered by shop and warning."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.catalog import categories, search
from store.catalog.products import Product
from store.catalog.skus import Sku
from store.core import listing
from store.core.database import db
from store.core.listing import Page
from store.shops.shops import Shop
from store.stock import warnings
from store.stock.levels import StockLevel

_SORTS = {
    "code": Sku.code, "name": Product.name, "on_hand": StockLevel.on_hand, "reserved": StockLevel.reserved,
    "sold": StockLevel.sold, "available": StockLevel.on_hand - StockLevel.reserved,
}  # fmt: skip


@dataclass(frozen=True)
class StockFilter:
    """Which levels are listed. `search` is a part of the product's name or pinyin, or a code, or a bar code.

    `category` is a public id and includes what is below it. With the state `low` only levels below their limit are
    listed, with `enough` only the others. `shop_ids` None means all shops.
    """

    search: str = ""
    shop_id: int | None = None
    state: str | None = None
    category: str | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: StockFilter, page: Page) -> tuple[list[StockLevel], int]:
    """Return a page of levels with shop, SKU and product, and the number of all. Raises DomainError(invalid)."""
    return listing.read_page(_select(criteria), page, sorts=_SORTS, default="code", id_field=StockLevel.id)


def count_levels(criteria: StockFilter) -> int:
    """Return the number of levels of a filter."""
    return int(_select(criteria).count())


def iterate_levels(criteria: StockFilter) -> Iterator[StockLevel]:
    """Yield all levels of a filter with shop, SKU and product."""
    yield from listing.iterate_rows(_select(criteria), id_field=StockLevel.id)


def list_skus(text: str, *, limit: int = 50) -> list[Sku]:
    """Return the SKUs that a search finds, by code, without retired ones."""
    query: Any = Sku.select(Sku, Product).join(Product).where(Sku.state == "active")
    text = text.strip()
    return list((query.where(_matches(text)) if text else query).order_by(Sku.code).limit(limit))


def _matches(text: str) -> Any:
    """Return the condition of a search. Digits are a code or a bar code, so that a scanned one finds its SKU only."""
    found = Product.name.contains(text) | Sku.code.startswith(text) | (Sku.barcode == text)
    return found if text.isdigit() else found | db.in_ids(Product.id, search.find_ids(text))


def _select(criteria: StockFilter) -> Any:
    query = (
        StockLevel.select(StockLevel, Shop, Sku, Product)
        .join(Shop)
        .switch(StockLevel)
        .join(Sku)
        .join(Product)
    )
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: StockFilter) -> Iterator[Any]:
    text = criteria.search.strip()
    if text:
        yield _matches(text)
    if criteria.shop_id is not None:
        yield StockLevel.shop == criteria.shop_id
    if criteria.shop_ids is not None:
        yield StockLevel.shop.in_(sorted(criteria.shop_ids))
    if criteria.category:
        chosen = categories.get_by_public_id(criteria.category)
        yield Product.category << categories.list_subtree_ids(chosen)
    if criteria.state is not None:
        low = warnings.low_condition()
        yield low if criteria.state == "low" else ~low
