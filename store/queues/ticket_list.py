"""The list of tickets for staff (排队记录)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import listing
from store.core.listing import Page
from store.queues.tickets import QueueTicket

_SORTS = {"taken_at": QueueTicket.taken_at}


@dataclass(frozen=True)
class TicketFilter:
    """`search` is a number such as A001. `shop_ids` are the shops that the caller sees, None for all."""

    search: str = ""
    state: str | None = None
    shop_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: TicketFilter, page: Page) -> tuple[list[QueueTicket], int]:
    """Return one page of tickets and the total. Raises DomainError(invalid) for another sort."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-taken_at", id_field=QueueTicket.id
    )


def iterate_tickets(criteria: TicketFilter) -> Iterator[QueueTicket]:
    """Yield all tickets of a filter, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=QueueTicket.id)


def count_tickets(criteria: TicketFilter) -> int:
    """Return the number of tickets of a filter."""
    return int(_select(criteria).count())


def _select(criteria: TicketFilter) -> Any:
    query: Any = QueueTicket.select()
    for column, value in ((QueueTicket.state, criteria.state), (QueueTicket.shop, criteria.shop_id)):
        query = query if value is None else query.where(column == value)
    if criteria.shop_ids is not None:
        query = query.where(QueueTicket.shop.in_(sorted(criteria.shop_ids)))
    if criteria.first_day is not None:
        query = query.where(QueueTicket.day >= criteria.first_day)
    if criteria.last_day is not None:
        query = query.where(QueueTicket.day <= criteria.last_day)
    if criteria.search:
        query = query.where(QueueTicket.code == criteria.search.upper())
    return query
