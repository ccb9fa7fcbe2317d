"""The list of services of shops for staff (预约服务列表)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from store.appointments.opening_days import MAX_DAYS_AHEAD, OpeningDay
from store.appointments.services import AppointmentService
from store.core import listing
from store.core.listing import Page
from store.tenants import business_days

_SORTS = {"created_at": AppointmentService.created_at, "name": AppointmentService.name}


@dataclass(frozen=True)
class ServiceFilter:
    """`search` is a part of the name. `shop_ids` are the shops that the caller sees, None for all."""

    search: str = ""
    shop_id: int | None = None
    is_on: bool | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: ServiceFilter, page: Page) -> tuple[list[AppointmentService], int]:
    """Return one page of services and the total."""
    query: Any = AppointmentService.select()
    if criteria.search:
        query = query.where(AppointmentService.name.contains(criteria.search))
    if criteria.shop_id is not None:
        query = query.where(AppointmentService.shop == criteria.shop_id)
    if criteria.is_on is not None:
        query = query.where(AppointmentService.is_on == criteria.is_on)
    if criteria.shop_ids is not None:
        query = query.where(AppointmentService.shop.in_(sorted(criteria.shop_ids)))
    return listing.read_page(query, page, sorts=_SORTS, default="-created_at", id_field=AppointmentService.id)


def count_open_days(services: list[AppointmentService]) -> dict[int, int]:
    """Return the number of opening days from today on, by the row id of the service."""
    today = business_days.today()
    columns: Any = (OpeningDay.service, peewee.fn.COUNT(OpeningDay.id))
    ahead = OpeningDay.day.between(today, today + timedelta(days=MAX_DAYS_AHEAD))
    query = OpeningDay.select(*columns).where(ahead, OpeningDay.service.in_([row.id for row in services]))
    rows: Any = query.group_by(OpeningDay.service).tuples()
    return dict(rows) if services else {}
