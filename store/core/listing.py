"""Pages of a list by number, with a sort order that the caller chooses among some columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from store.core import errors

MAX_PAGE_SIZE = 100
BATCH_SIZE = 500


@dataclass(frozen=True)
class Page:
    """The page of a list that is asked for. `sort` is a name, with `-` in front for the largest first."""

    number: int = 1
    size: int = 15
    sort: str | None = None


def read_page(
    query: Any, page: Page, *, sorts: Mapping[str, Any], default: str, id_field: Any, rows: Any = None
) -> tuple[list[Any], int]:
    """Return the rows of a page and the number of all rows.

    `sorts` are the columns that a list can be sorted by. Rows with equal values follow their ids. `rows` reads the rows
    of a page with what belongs to them, by default `query` does. Raises DomainError(invalid) for another sort.
    """
    name = page.sort or default
    column = sorts.get(name.removeprefix("-"))
    if column is None:
        raise errors.invalid("sort", f"可按 {'、'.join(sorts)} 排序")
    order = (column.desc(), id_field.desc()) if name.startswith("-") else (column.asc(), id_field.asc())
    size = min(page.size, MAX_PAGE_SIZE)
    # First the ids, which an index may hold: an offset would otherwise read whole rows of all pages before.
    ids_of_all = query.select(id_field)
    paged = ids_of_all.order_by(*order).limit(size).offset((page.number - 1) * size)
    ids = [row_id for (row_id,) in paged.tuples()]
    found = (query if rows is None else rows).where(id_field.in_(ids)).order_by(*order)
    return list(found) if ids else [], int(ids_of_all.order_by().count())


def iterate_rows(query: Any, *, id_field: Any) -> Iterator[Any]:
    """Yield all rows of a query, the latest first, and read them in batches."""
    ordered, last_id = query.order_by(id_field.desc()).limit(BATCH_SIZE), None
    while batch := list(ordered if last_id is None else ordered.where(id_field < last_id)):
        yield from batch
        last_id = batch[-1].id
