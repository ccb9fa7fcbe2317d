"""Lists of reservations (预定列表): a customer's own, and those of staff."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import peewee

from store.core import keyset, listing
from store.core.input_limits import check_day
from store.core.keyset import Position
from store.core.listing import Page
from store.customers import customers, phones
from store.customers.customers import Customer
from store.reservations.reservations import STATE_LABELS, Reservation
from store.tenants import business_days

_LATEST_FIRST: keyset.Keys = ((Reservation.id, True),)
_SORTS = {"created_at": Reservation.created_at, "changed_at": Reservation.changed_at}


@dataclass(frozen=True)
class ReservationFilter:
    """`search` is a phone or a part of the goods. `shop_ids` are the shops that the caller sees, None for all."""

    search: str = ""
    state: str | None = None
    shop_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    shop_ids: frozenset[int] | None = None


def list_own(
    customer: Customer, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Reservation], int]:
    """Return one page of a customer's reservations, the latest first, and the total."""
    query = Reservation.select().where(Reservation.customer == customers.survivor(customer).id)
    rows = keyset.select_page(query, _LATEST_FIRST, page=page, page_size=page_size, after=after)
    return rows, query.count()


def list_page(criteria: ReservationFilter, page: Page) -> tuple[list[Reservation], int]:
    """Return one page of reservations for staff and the total."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-created_at", id_field=Reservation.id
    )


def iterate_reservations(criteria: ReservationFilter) -> Iterator[Reservation]:
    """Yield all reservations of a filter, the latest first."""
    return listing.iterate_rows(_select(criteria), id_field=Reservation.id)


def count_reservations(criteria: ReservationFilter) -> int:
    """Return the number of reservations of a filter."""
    return int(_select(criteria).count())


def count_states(criteria: ReservationFilter) -> dict[str, int]:
    """Return how many reservations of the filter are in each state, whatever state it names."""
    query = _select(replace(criteria, state=None))
    counted = query.select(Reservation.state, peewee.fn.COUNT(Reservation.id)).group_by(Reservation.state)
    return {**dict.fromkeys(STATE_LABELS, 0), **dict(counted.tuples())}


def _select(criteria: ReservationFilter) -> Any:
    query: Any = Reservation.select()
    if criteria.state is not None:
        query = query.where(Reservation.state == criteria.state)
    if criteria.shop_id is not None:
        query = query.where(Reservation.shop == criteria.shop_id)
    if criteria.shop_ids is not None:
        query = query.where(Reservation.shop.in_(sorted(criteria.shop_ids)))
    if criteria.first_day is not None:
        query = query.where(
            Reservation.created_at >= business_days.start_of(check_day(criteria.first_day, field="since"))
        )
    if criteria.last_day is not None:
        query = query.where(
            Reservation.created_at < business_days.end_of(check_day(criteria.last_day, field="until"))
        )
    if criteria.search:
        phone = phones.find_normalized(criteria.search)
        same_phone = Reservation.phone_index == (phones.blind_index(phone) if phone else "-")
        query = query.where(same_phone | Reservation.goods.contains(criteria.search))
    return query
