"""The list of terminals for staff (收银终端): by code or name, shop and state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from store.core import listing
from store.core.listing import Page
from store.shops.shops import Shop
from store.tills.terminals import Terminal

_SORTS = {"code": Terminal.code, "created_at": Terminal.created_at}


@dataclass(frozen=True)
class TerminalCriteria:
    """Which terminals are listed. `search` is a part of code or name.

    `shop_ids` are the shops that the caller sees, None for all.
    """

    search: str = ""
    shop_id: int | None = None
    state: str | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: TerminalCriteria, page: Page) -> tuple[list[Terminal], int]:
    """Return a page of terminals with their shops, and how many there are. Raises DomainError(invalid)."""
    query = Terminal.select(Terminal, Shop).join(Shop)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return listing.read_page(query, page, sorts=_SORTS, default="code", id_field=Terminal.id)


def _list_conditions(criteria: TerminalCriteria) -> Iterator[Any]:
    text = criteria.search.strip()
    if text:
        yield Terminal.code.contains(text) | Terminal.name.contains(text)
    for column, value in ((Terminal.shop, criteria.shop_id), (Terminal.state, criteria.state)):
        if value is not None:
            yield column == value
    if criteria.shop_ids is not None:
        yield Terminal.shop.in_(sorted(criteria.shop_ids))
