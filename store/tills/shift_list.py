"""The list of shifts for staff (交班记录): by shop, terminal, day, and whether the counted cash differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from store.core import errors, input_limits, listing
from store.core.listing import Page
from store.shops.shops import Shop
from store.tenants import business_days
from store.tills.shifts import Shift
from store.tills.terminals import Terminal

STATES = ("open", "closed", "differing")
_SORTS = {"opened_at": Shift.opened_at, "closed_at": Shift.closed_at, "difference_fen": Shift.difference_fen}


@dataclass(frozen=True)
class ShiftCriteria:
    """Which shifts are listed. `search` is the code of a terminal.

    `since` and `until` are business days on which the shift was opened, both included. `shop_ids` are the shops that
    the caller sees, None for all.
    """

    search: str = ""
    shop_id: int | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: ShiftCriteria, page: Page) -> tuple[list[Shift], int]:
    """Return a page of shifts with terminals and shops, the latest first, and how many there are.

    Raises DomainError(invalid).
    """
    return listing.read_page(_select(criteria), page, sorts=_SORTS, default="-opened_at", id_field=Shift.id)


def count_shifts(criteria: ShiftCriteria) -> int:
    """Return the number of shifts. Raises DomainError(invalid)."""
    return int(_select(criteria).count())


def iterate_shifts(criteria: ShiftCriteria) -> Iterator[Shift]:
    """Yield all shifts, the latest first, and read them in batches. Raises DomainError(invalid)."""
    yield from listing.iterate_rows(_select(criteria), id_field=Shift.id)


def get(shift_id: int) -> Shift:
    """Return a shift with its terminal and shop. Raises DomainError(not_found)."""
    input_limits.check_id(shift_id, field="id")
    found = _select(ShiftCriteria()).where(Shift.id == shift_id).first()
    if found is None:
        raise errors.not_found("该班次")
    return found


def _select(criteria: ShiftCriteria) -> Any:
    query = Shift.select(Shift, Terminal, Shop).join(Terminal).join(Shop)
    for condition in _list_conditions(criteria):
        query = query.where(condition)
    return query


def _list_conditions(criteria: ShiftCriteria) -> Iterator[Any]:
    if criteria.state is not None and criteria.state not in STATES:
        raise errors.invalid("state", "应为 open、closed、differing 之一")
    if criteria.search.strip():
        yield Terminal.code == criteria.search.strip()
    if criteria.shop_id is not None:
        yield Terminal.shop == criteria.shop_id
    if criteria.state is not None:
        yield Shift.closed_at.is_null(criteria.state == "open")
    if criteria.state == "differing":
        yield Shift.difference_fen != 0
    if criteria.since is not None:
        yield Shift.opened_at >= business_days.start_of(criteria.since)
    if criteria.until is not None:
        yield Shift.opened_at < business_days.end_of(criteria.until)
    if criteria.shop_ids is not None:
        yield Terminal.shop.in_(sorted(criteria.shop_ids))
