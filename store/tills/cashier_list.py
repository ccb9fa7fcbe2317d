"""The list of cashiers for staff (收银员): by number, shop and state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from store.core import listing
from store.core.listing import Page
from store.shops.shops import Shop
from store.tills.cashiers import Cashier

_SORTS = {"number": Cashier.number, "created_at": Cashier.created_at}


@dataclass(frozen=True)
class CashierCriteria:
    """Which cashiers are listed. `search` is the beginning of a number, because names are encrypted.

    `shop_ids` are the shops that the caller sees, None for all. Cashiers of all shops belong to none of them.
    """

    search: str = ""
    shop_id: int | None = None
    state: str | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: CashierCriteria, page: Page) -> tuple[list[Cashier], int]:
    """Return a page of cashiers with their shops, and how many there are. Raises DomainError(invalid)."""
    query = Cashier.select(Cashier, Shop).join(Shop, peewee.JOIN.LEFT_OUTER)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return listing.read_page(query, page, sorts=_SORTS, default="number", id_field=Cashier.id)


def _list_conditions(criteria: CashierCriteria) -> Iterator[Any]:
    if criteria.search.strip():
        yield Cashier.number.startswith(criteria.search.strip())
    for column, value in ((Cashier.shop, criteria.shop_id), (Cashier.state, criteria.state)):
        if value is not None:
            yield column == value
    if criteria.shop_ids is not None:
        yield Cashier.shop.in_(sorted(criteria.shop_ids))
