"""Steps of appointments: confirmed or rejected by staff, cancelled, arrived or not."""

from datetime import datetime, timedelta
from typing import Any

from store.appointments import appointments, reminders, services, slots, tables
from store.appointments.settings import AppointmentSettings
from store.appointments.tables import LIVE, STATE_LABELS, TRANSITIONS, Appointment
from store.core import actors, clock, errors, input_limits
from store.core.database import db
from store.tenants import audit, business_days, settings

BATCH_SIZE = 200


@db.transactional
def confirm(appointment: Appointment) -> Appointment:
    """Move a request to confirmed, if there still is a place: its hold may have ended. Idempotent.

    Raises DomainError(slot_full, too_late, wrong_state).
    """
    row = _lock_with_service(appointment)
    if row.state == "confirmed":
        return row
    _ensure_allowed(row, "confirmed")
    _ensure_not_begun(row)
    _ensure_place(row)
    row.update_fields(remind_at=reminders.find_next(row.starts_at, after=clock.now()))
    return _move(row, "confirmed")


@db.transactional
def reject(appointment: Appointment, *, reason: str) -> Appointment:
    """Reject a request. The customer reads the reason. Idempotent. Raises DomainError(invalid, wrong_state)."""
    given = _check_reason(reason)
    return _move(_lock_with_service(appointment), "rejected", reason=given)


@db.transactional
def cancel_own(appointment: Appointment) -> Appointment:
    """Cancel an appointment of a customer in time, a request until it begins. Idempotent.

    Raises DomainError(too_late, wrong_state).
    """
    row = _lock_with_service(appointment)
    if row.state in LIVE and clock.now() > _last_cancellation(row):
        hours = settings.read(AppointmentSettings).cancel_hours
        message = f"距开始不足 {hours} 小时，请联系门店取消" if hours else "已到预约时间，请联系门店取消"
        raise errors.DomainError("too_late", message, 409)
    return _move(row, "cancelled", event="cancelled_by_customer")


@db.transactional
def cancel_by_staff(appointment: Appointment, *, reason: str) -> Appointment:
    """Cancel an appointment in the name of the shop. The customer reads the reason. Idempotent.

    Raises DomainError(invalid, wrong_state).
    """
    given = _check_reason(reason)
    return _move(_lock_with_service(appointment), "cancelled", reason=given)


@db.transactional
def mark_arrived(appointment: Appointment) -> Appointment:
    """Record that a customer has come, on the day or later. One who had not come takes a place again. Idempotent.

    Raises DomainError(not_yet, slot_full, wrong_state).
    """
    row = _lock_with_service(appointment)
    if business_days.today() < row.day:
        raise errors.DomainError("not_yet", "还没到预约的日期", 409)
    if row.state == "no_show":
        _ensure_place(row)
    return _move(row, "arrived")


@db.transactional
def mark_no_show(appointment: Appointment) -> Appointment:
    """Record that a customer has not come, after the beginning. Idempotent.

    Raises DomainError(not_yet, wrong_state).
    """
    row = _lock_with_service(appointment)
    if clock.now() < row.starts_at:
        raise errors.DomainError("not_yet", "还没到预约的时间", 409)
    return _move(row, "no_show")


def expire_due() -> int:
    """End the requests that were not confirmed before their beginning, one a transaction, and return their number."""
    late = (Appointment.state == "requested") & (Appointment.starts_at <= clock.now())
    rows = list(Appointment.select().where(late).order_by(Appointment.starts_at).limit(BATCH_SIZE))
    return sum(_expire(row) for row in rows)


@db.transactional
def _expire(appointment: Appointment) -> bool:
    row = _lock_with_service(appointment)
    if row.state != "requested" or row.starts_at > clock.now():
        return False
    _move(row, "expired")
    return True


def can_cancel(row: Appointment) -> bool:
    """Return whether the customer may cancel an appointment now."""
    return row.state in LIVE and clock.now() <= _last_cancellation(row)


def staff_actions(row: Appointment) -> list[str]:
    """Return what staff may do with an appointment now."""
    now, found = clock.now(), []
    if row.state == "requested":
        found = ["confirm", "reject"] if now < row.starts_at else ["reject"]
    is_today = business_days.today() >= row.day
    if row.state in ("confirmed", "no_show") and is_today:
        found.append("arrive")
    if row.state in ("confirmed", "arrived") and now >= row.starts_at:
        found.append("miss")
    if row.state in LIVE:
        found.append("cancel")
    return found


def _last_cancellation(row: Appointment) -> datetime:
    hours = settings.read(AppointmentSettings).cancel_hours if row.state == "confirmed" else 0
    return row.starts_at - timedelta(hours=hours)


def _lock_with_service(appointment: Appointment) -> Appointment:
    """Lock the service, whose capacity is counted, and the appointment."""
    services.lock(appointment.service_id)
    return tables.lock(appointment)


def _ensure_allowed(row: Appointment, state: str) -> None:
    if state not in TRANSITIONS[row.state]:
        raise errors.DomainError(
            "wrong_state", f"该预约{STATE_LABELS[row.state]}，不能再操作", 409, state=row.state
        )


def _ensure_not_begun(row: Appointment) -> None:
    if clock.now() >= row.starts_at:
        raise errors.DomainError("too_late", "已过预约时间，不能再确认", 409)


def _ensure_place(row: Appointment) -> None:
    if slots.count_left(row.service, row.span, without=[row.id]) < 1:
        raise errors.DomainError("slot_full", "该时段已约满，不能再接受这个预约", 409)


def _move(row: Appointment, state: str, *, event: str = "", reason: str = "") -> Appointment:
    """Move a locked appointment to a state. Idempotent. Raises DomainError(wrong_state)."""
    if row.state == state:
        return row
    _ensure_allowed(row, state)
    before = row.state
    kept: dict[str, Any] = {} if state == "confirmed" else {"remind_at": None}
    row.update_fields(state=state, held_until=None, reason=reason, **kept)
    appointments.record(row, event or state, reason=reason)
    if actors.current().kind == "staff":
        audit.record(
            f"appointments.{state}", f"appointment:{row.public_id}", before={"state": before}, after={"state": state}
        )  # fmt: skip
    return row


def _check_reason(reason: str) -> str:
    given = input_limits.check_line(reason.strip(), field="reason", max_length=80)
    if not given:
        raise errors.invalid("reason", "请填写原因")
    return given
