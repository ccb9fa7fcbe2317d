"""Variables of the messages about appointments, queue tickets and reservations."""

from collections.abc import Mapping

from store.appointments import times
from store.appointments.tables import LIVE as LIVE_APPOINTMENTS
from store.appointments.tables import Appointment
from store.core.events import Event
from store.queues.tickets import LIVE as LIVE_TICKETS
from store.queues.tickets import QueueTicket
from store.reservations.reservations import STATE_LABELS, Reservation
from store.shops.shops import Shop
from store.tenants import branding

Variables = Mapping[str, str] | None


def read_appointment(event: Event) -> Variables:
    """Return the variables of a message about an appointment, with the time of the shop."""
    row = Appointment.get_by_id(event.properties["appointment_id"])
    return {
        "门店": row.shop.name, "服务": row.service.name, "预约时间": times.format_moment(row.starts_at),
        "原因": event.properties.get("reason", ""),
    }  # fmt: skip


def read_live_appointment(event: Event) -> Variables:
    """Return the variables of a message about an appointment, or None if it is over by now."""
    row = Appointment.get_by_id(event.properties["appointment_id"])
    return read_appointment(event) if row.state in LIVE_APPOINTMENTS else None


def read_ticket(event: Event) -> Variables:
    """Return the variables of a message about a ticket, or None for one that has ended before it is called."""
    row = QueueTicket.get_by_id(event.properties["ticket_id"])
    if event.kind != "queue_tickets.skipped" and row.state not in LIVE_TICKETS:
        return None
    return {
        "门店": row.shop.name, "类型": row.queue_type.name, "号码": row.code,
        "前面": str(event.properties.get("ahead", 0)),
    }  # fmt: skip


def read_reservation(event: Event) -> Variables:
    """Return the variables of a message about a reservation."""
    row = Reservation.get_by_id(event.properties["reservation_id"])
    shop = Shop.find(id=row.shop_id) if row.shop_id is not None else None
    return {
        "商品": row.goods or "商品", "状态": STATE_LABELS[event.properties["state"]],
        "门店": shop.name if shop is not None else branding.read_name(),
    }  # fmt: skip
