"""Appointments, queue tickets and reservations: shops, days and states agree."""

from collections.abc import Iterator
from typing import Any

from store.appointments.services import AppointmentService
from store.appointments.tables import Appointment
from store.integrity.check import Check
from store.queues.queue_types import QueueType
from store.queues.tickets import QueueTicket
from store.reservations.follow_ups import ReservationStep
from store.reservations.reservations import Reservation
from store.tenants import business_days


def _find_wrong_days() -> Iterator[Any]:
    """Find appointments whose day is not that of their beginning."""
    for row in Appointment.select().iterator():
        if row.day != business_days.day_of(row.starts_at):
            yield row.public_id, row.day


def _find_wrong_shops() -> Iterator[Any]:
    """Find appointments and tickets of another shop than their service or type."""
    services: Any = Appointment.select(Appointment.public_id).join(AppointmentService)
    yield from services.where(Appointment.shop != AppointmentService.shop).tuples()
    types: Any = QueueTicket.select(QueueTicket.public_id).join(QueueType)
    yield from types.where(QueueTicket.shop != QueueType.shop).tuples()


def _find_wrong_steps() -> Iterator[Any]:
    """Find reservations whose last step names another state."""
    last: dict[int, str] = {}
    for step in ReservationStep.select().order_by(ReservationStep.id).iterator():
        last[step.reservation_id] = step.state
    for row in Reservation.select().iterator():
        if last.get(row.id, "submitted") != row.state:
            yield row.public_id, row.state, last.get(row.id, "submitted")


CHECKS = (
    Check(
        name="appointments.days",
        invariant="预约的日期与开始时间相符",
        message="预约 {0} 的日期 {1} 与开始时间不符",
        find_violations=_find_wrong_days,
    ),
    Check(
        name="bookings.shops",
        invariant="预约和排队号属于服务所在的门店",
        message="{0} 的门店与服务不符",
        find_violations=_find_wrong_shops,
    ),
    Check(
        name="reservations.steps",
        invariant="大客户预定的状态与最后一次跟进相同",
        message="预定 {0}：状态 {1}，最后一次跟进 {2}",
        find_violations=_find_wrong_steps,
    ),
)
