"""Reminders (到店提醒) of appointments: when the next one is due, and their events."""

from datetime import datetime, timedelta

from store.appointments.settings import AppointmentSettings
from store.appointments.tables import Appointment, lock
from store.core import clock, events
from store.core.database import db
from store.tenants import settings

BATCH_SIZE = 200


def find_next(starts_at: datetime, *, after: datetime) -> datetime | None:
    """Return the moment of the next reminder after a moment, or None."""
    due = (starts_at - timedelta(hours=hours) for hours in settings.read(AppointmentSettings).reminder_hours)
    return min((moment for moment in due if moment > after), default=None)


def remind_due() -> int:
    """Record the event of each reminder that is due, one appointment a transaction, and return their number."""
    query = Appointment.select().where(Appointment.remind_at <= clock.now())
    rows = list(query.order_by(Appointment.remind_at, Appointment.id).limit(BATCH_SIZE))
    return sum(_remind(row) for row in rows)


@db.transactional
def _remind(appointment: Appointment) -> bool:
    """Remind a customer once, also if both reminders are due after an interruption. Idempotent."""
    row, now = lock(appointment), clock.now()
    if row.remind_at is None or row.remind_at > now:
        return False
    row.update_fields(remind_at=find_next(row.starts_at, after=now))
    if row.state != "confirmed" or row.starts_at <= now:
        return False
    events.record(
        "appointments.reminder_due", customer_id=row.customer_id, shop_id=row.shop_id, appointment_id=row.id
    )
    return True
