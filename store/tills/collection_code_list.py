"""The list of shops with their collection codes for staff (聚合收款码): shops without one are listed too."""

from dataclasses import dataclass
from typing import Any

import peewee

from store.core import listing
from store.core.listing import Page
from store.shops.shops import Shop
from store.tills.collection_codes import CollectionCode

_SORTS = {"shop_code": Shop.code, "created_at": CollectionCode.created_at}


@dataclass(frozen=True)
class CollectionCodeCriteria:
    """Which shops are listed: those that are not closed. `search` is a part of code or name.

    `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_ids: frozenset[int] | None = None


def list_page(
    criteria: CollectionCodeCriteria, page: Page
) -> tuple[list[tuple[Shop, CollectionCode | None]], int]:
    """Return a page of shops with their codes, by the code of the shop, and how many there are.

    Raises DomainError(invalid).
    """
    query: Any = Shop.select(Shop, CollectionCode).join(CollectionCode, peewee.JOIN.LEFT_OUTER)
    query = query.where(Shop.state != "closed")
    text = criteria.search.strip()
    if text:
        query = query.where(Shop.code.contains(text) | Shop.name.contains(text))
    if criteria.shop_ids is not None:
        query = query.where(Shop.id.in_(sorted(criteria.shop_ids)))
    found, total = listing.read_page(query, page, sorts=_SORTS, default="shop_code", id_field=Shop.id)
    return [(shop, getattr(shop, "collectioncode", None)) for shop in found], total
