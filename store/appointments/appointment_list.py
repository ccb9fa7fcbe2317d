"""Lists of appointments (预约列表): a customer's own, those of staff with a calendar, and the day of a shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import peewee

from store.appointments.opening_days import OpeningDay
from store.appointments.services import AppointmentService
from store.appointments.tables import COUNTED, STATE_LABELS, Appointment
from store.core import errors, keyset, listing
from store.core.keyset import Position
from store.core.listing import Page
from store.customers import customers, phones
from store.customers.customers import Customer

_LATEST_FIRST: keyset.Keys = ((Appointment.id, True),)
_SORTS = {"starts_at": Appointment.starts_at, "booked_at": Appointment.booked_at}


@dataclass(frozen=True)
class AppointmentFilter:
    """`search` is a phone. `shop_ids` are the shops that the caller sees, None for all."""

    search: str = ""
    state: str | None = None
    shop_id: int | None = None
    service_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    shop_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class CalendarDay:
    """A day of the calendar: how many services are open, and the appointments by what they wait for."""

    day: date
    open_services: int
    is_hidden: bool
    requested: int
    booked: int


def list_own(
    customer: Customer, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[Appointment], int]:
    """Return one page of a customer's appointments, those booked last first, and the total."""
    query = Appointment.select().where(Appointment.customer == customers.survivor(customer).id)
    rows = keyset.select_page(query, _LATEST_FIRST, page=page, page_size=page_size, after=after)
    return rows, query.count()


def list_page(criteria: AppointmentFilter, page: Page) -> tuple[list[Appointment], int]:
    """Return one page of appointments for staff and the total."""
    return listing.read_page(
        _select(criteria), page, sorts=_SORTS, default="-starts_at", id_field=Appointment.id
    )


def iterate_appointments(criteria: AppointmentFilter) -> Iterator[Appointment]:
    """Yield all appointments of a filter, those booked last first."""
    return listing.iterate_rows(_select(criteria), id_field=Appointment.id)


def count_appointments(criteria: AppointmentFilter) -> int:
    """Return the number of appointments of a filter."""
    return int(_select(criteria).count())


def list_of_day(shop_id: int, day: date) -> list[Appointment]:
    """Return the appointments of a shop on a business day that are not cancelled, in the order of the day."""
    mine = (Appointment.shop == shop_id) & (Appointment.day == day) & Appointment.state.in_(COUNTED)
    return list(Appointment.select().where(mine).order_by(Appointment.starts_at, Appointment.id))


def get_of_shop(shop_id: int, public_id: str) -> Appointment:
    """Return an appointment of a shop. Raises DomainError(not_found)."""
    found = Appointment.find(public_id=public_id, shop=shop_id)
    if found is None:
        raise errors.not_found("该预约")
    return found


def get_by_public_id(public_id: str) -> Appointment:
    """Return an appointment. Raises DomainError(not_found)."""
    found = Appointment.find(public_id=public_id)
    if found is None:
        raise errors.not_found("该预约")
    return found


def count_states(criteria: AppointmentFilter) -> dict[str, int]:
    """Return how many appointments of the filter are in each state, whatever state it names."""
    query = _select(replace(criteria, state=None))
    counted = query.select(Appointment.state, peewee.fn.COUNT(Appointment.id)).group_by(Appointment.state)
    return {**dict.fromkeys(STATE_LABELS, 0), **dict(counted.tuples())}


def read_calendar(criteria: AppointmentFilter, days: Sequence[date]) -> list[CalendarDay]:
    """Return what each of some days has: opening days of the services, and appointments."""
    opened, hidden = _count_openings(criteria, days)
    wanted = replace(criteria, state=None, first_day=days[0], last_day=days[-1])
    columns: Any = (Appointment.day, Appointment.state, peewee.fn.COUNT(Appointment.id))
    rows = _select(wanted).select(*columns).group_by(Appointment.day, Appointment.state).tuples()
    counts: dict[date, dict[str, int]] = {}
    for day, state, number in rows:
        counts.setdefault(day, {})[state] = number
    return [
        CalendarDay(
            day, opened.get(day, 0), bool(opened.get(day)) and hidden.get(day) == opened.get(day),
            requested=counts.get(day, {}).get("requested", 0),
            booked=sum(counts.get(day, {}).get(state, 0) for state in COUNTED if state != "requested"),
        )
        for day in days
    ]  # fmt: skip


def _count_openings(
    criteria: AppointmentFilter, days: Sequence[date]
) -> tuple[dict[date, int], dict[date, int]]:
    columns: Any = (OpeningDay.day, OpeningDay.is_hidden, peewee.fn.COUNT(OpeningDay.id))
    query = (
        OpeningDay.select(*columns).join(AppointmentService).where(OpeningDay.day.between(days[0], days[-1]))
    )
    for column, value in (
        (AppointmentService.shop, criteria.shop_id),
        (AppointmentService.id, criteria.service_id),
    ):
        query = query if value is None else query.where(column == value)
    if criteria.shop_ids is not None:
        query = query.where(AppointmentService.shop.in_(sorted(criteria.shop_ids)))
    opened: dict[date, int] = {}
    hidden: dict[date, int] = {}
    rows: Any = query.group_by(OpeningDay.day, OpeningDay.is_hidden).tuples()
    for day, is_hidden, number in rows:
        opened[day] = opened.get(day, 0) + number
        hidden[day] = hidden.get(day, 0) + (number if is_hidden else 0)
    return opened, hidden


def _select(criteria: AppointmentFilter) -> Any:
    query: Any = Appointment.select()
    for column, value in (
        (Appointment.state, criteria.state), (Appointment.shop, criteria.shop_id),
        (Appointment.service, criteria.service_id),
    ):  # fmt: skip
        query = query if value is None else query.where(column == value)
    if criteria.first_day is not None:
        query = query.where(Appointment.day >= criteria.first_day)
    if criteria.last_day is not None:
        query = query.where(Appointment.day <= criteria.last_day)
    if criteria.shop_ids is not None:
        query = query.where(Appointment.shop.in_(sorted(criteria.shop_ids)))
    if criteria.search:
        phone = phones.find_normalized(criteria.search)
        query = query.where(Appointment.phone_index == (phones.blind_index(phone) if phone else "-"))
    return query
