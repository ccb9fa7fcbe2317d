"""Keyset pagination: a page begins after the sort keys of the last row seen.

Rows that come or go meanwhile therefore shift nothing, as they would with an offset.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

Position = tuple[Any, ...]
Keys = Sequence[tuple[Any, bool]]
MAX_PAGE_SIZE = 100


def order_by(keys: Keys) -> list[Any]:
    """Return the terms of ORDER BY.

    Each key is a column and whether it descends. The last one is unique.
    """
    return [column.desc() if descends else column.asc() for column, descends in keys]


def is_after(keys: Keys, position: Position) -> Any:
    """Return the condition of the rows that come after a position in this order."""
    terms, equal = [], None
    for (column, descends), value in zip(keys, position, strict=True):
        further = column < value if descends else column > value
        terms.append(further if equal is None else equal & further)
        equal = (column == value) if equal is None else equal & (column == value)
    return reduce(or_, terms)


def select_page(query: Any, keys: Keys, *, page: int, page_size: int, after: Position | None) -> list[Any]:
    """Return the rows after a position, or else those of a page. One row more than a page is allowed."""
    page, page_size = max(page, 1), min(max(page_size, 1), MAX_PAGE_SIZE + 1)
    if after is not None:
        return list(query.where(is_after(keys, after)).order_by(*order_by(keys)).limit(page_size))
    return list(query.order_by(*order_by(keys)).paginate(page, page_size))
