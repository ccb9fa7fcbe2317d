"""Pages of lists: read after a cursor, or by number."""

from collections.abc import Callable
from typing import Any, TypeVar

from store.core.keyset import Position
from web import cursors
from web.schemas import PageQuery

Row = TypeVar("Row")


def read_page(
    asked: PageQuery,
    *,
    name: str,
    fetch: Callable[..., tuple[list[Row], int]],
    position: Callable[[Row], Position],
) -> tuple[list[Row], dict[str, Any]]:
    """Read the page of a list that a query asks for, and return its rows and the fields of `PageResponse`.

    `fetch` gets page, page_size and after, and returns rows and total. `name` binds the cursors to this list.
    """
    size = asked.page_size
    if asked.after is None:
        rows, total = fetch(page=asked.page, page_size=size, after=None)
        more = asked.page * size < total
    else:
        after = cursors.decode_position(name, asked.after)
        rows, total = fetch(page=1, page_size=size + 1, after=after)
        rows, more = rows[:size], len(rows) > size
    cursor = cursors.encode_position(name, position(rows[-1])) if more and rows else None
    return rows, {
        "total": total, "page": asked.page, "page_size": size, "has_more": more, "next_cursor": cursor,
    }  # fmt: skip
