"""Services with opening days, bookings and tickets, by operations."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from store.appointments import appointments, opening_days, services
from store.appointments.services import AppointmentService
from store.appointments.tables import Appointment
from store.customers.customers import Customer
from store.queues import queue_types, tickets
from store.queues.queue_types import QueueType
from store.queues.tickets import QueueTicket
from store.reservations import reservations
from store.shops.shops import Shop
from store.tenants import business_days

PERSON = {"name": "王小梅", "phone": "13812345678"}
DAY_LONG = [{"opens": "09:00", "closes": "18:00"}]
_numbers = count(1)


def next_key() -> str:
    return f"key{next(_numbers):09d}"


def create_service(shop: Shop, **values: Any) -> AppointmentService:
    """A service of one place and an hour, which begins every quarter of an hour, without a daily limit."""
    chosen = {"name": "茶艺体验", "step_minutes": 15, "daily_limit": 0, **values}
    return services.create(shop=shop, values=chosen, key=next_key())


def open_day(service: AppointmentService, day: date, **values: Any) -> None:
    opening_days.open_days(service, [day], **{"windows": DAY_LONG, **values})


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of a day by the wall clock of the shop, in UTC."""
    local = business_days.to_local(business_days.start_of(day))
    return local.replace(hour=hour, minute=minute).astimezone(UTC)


def book(
    customer: Customer,
    service: AppointmentService,
    starts_at: datetime,
    typed: Mapping[str, str] | None = None,
) -> Appointment:
    return appointments.book(
        customer=customer,
        service=service,
        starts_at=starts_at,
        person=PERSON,
        typed=typed or {},
        key=next_key(),
    )


def tomorrow() -> date:
    return business_days.today() + timedelta(days=1)


def create_type(shop: Shop, letter: str = "A", **values: Any) -> QueueType:
    return queue_types.create(
        shop=shop, values={"letter": letter, "name": f"{letter} 桌", **values}, key=next_key()
    )


def take(queue_type: QueueType, customer: Customer | None = None, **values: Any) -> QueueTicket:
    return tickets.take(queue_type=queue_type, customer=customer, key=next_key(), **values)


def create_bookings(shop: Shop, customer: Customer) -> dict[str, Any]:
    """One row of each kind for a customer of a shop, by name."""
    service, queue_type = create_service(shop), create_type(shop)
    open_day(service, tomorrow())
    reservation = reservations.submit(customer=customer, shop=shop, values=PERSON, key=next_key())
    return {
        "service": service, "appointment": book(customer, service, moment(tomorrow(), 10)),
        "queue_type": queue_type, "ticket": take(queue_type, customer), "reservation": reservation,
    }  # fmt: skip
