"""What the operations of bookings are tried with: the rows of the other tenant."""

from types import SimpleNamespace
from typing import Any

from store.appointments.appointment_list import AppointmentFilter
from store.queues.queue_type_list import QueueTypeFilter
from store.queues.ticket_list import TicketFilter
from store.reservations.reservation_list import ReservationFilter
from tests.support.booking_fixtures import PERSON, tomorrow

# Decisions and texts without rows, and events of rows that their callers have locked.
EXEMPT: dict[str, set[str] | None] = {
    "appointments.appointments": {"record"},
    "queues.tickets": {"record"},
    "reservations.reservations": {"record"},
    "appointments.answers": None,
    "appointments.occupancy": None,
    "appointments.times": None,
    "appointments.tables": {"is_holding"},
    "reservations.follow_ups": {"can_cancel", "list_next_states"},
}


def values_by_booking(rival: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """Arguments by module."""
    day, ticket = tomorrow(), rival.ticket
    appointments = {
        "service": rival.service, "services": [rival.service], "service_id": rival.service.id,
        "appointment": rival.appointment, "row": rival.appointment, "starts_at": rival.appointment.starts_at,
        "person": PERSON, "typed": {}, "key": "rival-key", "values": {"name": "对门"}, "days": [day], "day": day,
        "first": day, "last": day, "month": "2030-01", "is_hidden": True, "span": rival.appointment.span,
        "after": rival.appointment.starts_at, "reason": "对门", "step": "confirmed",
        "public_id": rival.appointment.public_id, "criteria": AppointmentFilter(search=PERSON["phone"]),
    }  # fmt: skip
    queues = {
        "queue_type": rival.queue_type, "type_id": rival.queue_type.id, "ticket": ticket, "row": ticket,
        "people": None, "after": "A001", "calls": 1, "step": "called", "key": "rival-key", "limit": 10, "day": day,
        "values": {"letter": "A", "name": "对门"}, "public_id": rival.queue_type.public_id,
        "criteria": QueueTypeFilter(shop_id=rival.shop.id),
    }  # fmt: skip
    found = {
        "reservation": rival.reservation, "row": rival.reservation, "state": "following",
        "expected_state": "submitted", "note": "对门", "is_shown": True, "key": "rival-key", "values": PERSON,
        "step": "submitted", "public_id": rival.reservation.public_id,
        "criteria": ReservationFilter(search=PERSON["phone"]),
    }  # fmt: skip
    appointment_modules = (
        "services", "opening_days", "tables", "slots", "reminders", "appointments", "moves", "appointment_list",
        "service_list",
    )  # fmt: skip
    event = SimpleNamespace(
        kind="queue_tickets.called",
        properties={
            "appointment_id": rival.appointment.id, "ticket_id": ticket.id, "reservation_id": rival.reservation.id,
            "state": "submitted",
        },
    )  # fmt: skip
    return (
        {"messages.booking_variables": {"event": event}}
        | {f"appointments.{name}": appointments for name in appointment_modules}
        | {"appointments.appointment_list": {**appointments, "after": None, "days": [day]}}
        | {"appointments.services": {**appointments, "public_id": rival.service.public_id}}
        | {f"queues.{name}": queues for name in ("queue_types", "calls", "screen", "queue_type_list")}
        | {"queues.ticket_list": {"criteria": TicketFilter(shop_id=rival.shop.id)}}
        | {"queues.tickets": {**queues, "public_id": rival.ticket.public_id}}
        | {f"reservations.{name}": found for name in ("reservations", "follow_ups", "reservation_list")}
    )
