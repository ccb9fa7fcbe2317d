"""Slots (时段) of a service on an opening day, each with what is left of the capacity for its whole duration."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from store.appointments import occupancy
from store.appointments.occupancy import Span
from store.appointments.opening_days import OpeningDay
from store.appointments.services import AppointmentService
from store.appointments.tables import Appointment, is_holding
from store.core import clock
from store.tenants import business_days


@dataclass(frozen=True)
class Slot:
    """A beginning that can be chosen, with the number of appointments that still fit."""

    starts_at: datetime
    ends_at: datetime
    left: int


def list_slots(service: AppointmentService, day: date) -> list[Slot]:
    """Return the slots of a day from the lead time on, also the full ones. A hidden day has none."""
    opening = OpeningDay.find(service=service.id, day=day, is_hidden=False)
    if opening is None:
        return []
    first = clock.now() + timedelta(minutes=service.lead_minutes)
    spans = [span for span in _spans_of_day(service, opening) if span[0] >= first]
    if not spans:
        return []
    taken = list_taken(service, (spans[0][0], max(ends_at for _, ends_at in spans)))
    capacity = opening.capacity or service.capacity
    return [Slot(*span, left=max(capacity - occupancy.find_peak(taken, span), 0)) for span in spans]


def list_taken(service: AppointmentService, span: Span, *, without: Collection[int] = ()) -> list[Span]:
    """Return the spans of the appointments that take capacity within a span, leaving out some by their row ids."""
    columns: Any = (Appointment.starts_at, Appointment.ends_at)
    touching = (Appointment.starts_at < span[1]) & (Appointment.ends_at > span[0])
    query = Appointment.select(*columns).where(
        (Appointment.service == service.id) & touching & is_holding(clock.now())
    )
    if without:
        query = query.where(Appointment.id.not_in(list(without)))
    return [(row.starts_at, row.ends_at) for row in query]


def count_left(service: AppointmentService, span: Span, *, without: Collection[int] = ()) -> int:
    """Return how many appointments still fit into a span, also on a day that is hidden or closed by now."""
    opening = OpeningDay.find(service=service.id, day=business_days.day_of(span[0]))
    capacity = opening.capacity if opening is not None and opening.capacity else service.capacity
    return int(capacity) - occupancy.find_peak(list_taken(service, span, without=without), span)


def _spans_of_day(service: AppointmentService, opening: OpeningDay) -> Iterator[Span]:
    """Yield the slots within the hours of a day, by the wall clock of the shop."""
    length = timedelta(minutes=service.duration_minutes)
    for window in opening.windows:
        begins, closes = _minute_of(window["opens"]), _to_moment(opening.day, _minute_of(window["closes"]))
        for minute in range(begins, _minute_of(window["closes"]), service.step_minutes):
            starts_at = _to_moment(opening.day, minute)
            # When the clocks go forward some times do not exist: those would be slots of another time.
            if _is_wall_time(starts_at, minute) and starts_at + length <= closes:
                yield starts_at, starts_at + length


def _minute_of(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _to_moment(day: date, minute: int) -> datetime:
    """Return the moment of a minute of a day by the wall clock of the shop, in UTC."""
    if minute == 24 * 60:
        return business_days.end_of(day)
    midnight = business_days.to_local(business_days.start_of(day))
    return midnight.replace(hour=minute // 60, minute=minute % 60).astimezone(UTC)


def _is_wall_time(moment: datetime, minute: int) -> bool:
    local = business_days.to_local(moment)
    return local.hour * 60 + local.minute == minute
