"""Booking of appointments (预约): a customer takes a place of a service, which is confirmed at once or by staff."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from store.appointments import answers, reminders, services, slots
from store.appointments.services import AppointmentService, Line
from store.appointments.settings import AppointmentSettings
from store.appointments.slots import Slot
from store.appointments.tables import COUNTED, Appointment
from store.core import clock, errors, events, input_limits
from store.core.database import db
from store.core.validation import validate
from store.customers import customers, phones
from store.customers.customers import Customer
from store.tenants import business_days, settings


class PersonFields(BaseModel):
    """Who comes."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, StringConstraints(min_length=1, max_length=30)]
    phone: Annotated[str, StringConstraints(max_length=30), AfterValidator(phones.normalize)]


@db.transactional
def book(
    *,
    customer: Customer,
    service: AppointmentService,
    starts_at: datetime,
    person: Mapping[str, Any],
    typed: Mapping[str, str],
    key: str,
) -> Appointment:
    """Create an appointment, never above the capacity at any moment of its duration. Idempotent by `key`.

    Raises DomainError(invalid, slot_gone, slot_full, daily_limit, not_found, unauthorized). With slot_gone and
    slot_full come the fresh slots of the day.
    """
    public_id = f"apt_{input_limits.check_key(key, max_length=36)}"
    entered = validate(PersonFields, dict(person))
    owner = customers.lock_unless_erased(customer)
    offered = services.lock(service.id)
    found = Appointment.find(public_id=public_id)
    if found is not None:
        return found
    services.get_offered(offered.public_id)
    filled_in = answers.check_answers(offered.form, typed)
    slot = _ensure_slot(offered, starts_at)
    day = business_days.day_of(slot.starts_at)
    _ensure_daily_limit(owner, offered, day)
    row = Appointment.create(
        public_id=public_id, service=offered, shop=offered.shop_id, customer=owner, day=day,
        starts_at=slot.starts_at, ends_at=slot.ends_at, name=entered.name, phone=entered.phone,
        phone_index=phones.blind_index(entered.phone), answers=json.dumps(filled_in, ensure_ascii=False),
        **_first_state(offered, slot),
    )  # fmt: skip
    record(row, "requested" if row.state == "requested" else "confirmed")
    return row


def count_of_day(customer: Customer, service: AppointmentService, day: date) -> int:
    """Return how many appointments of a customer count on a business day of the shop."""
    mine = (Appointment.customer == customer.id) & (Appointment.service == service.id)
    return int(
        Appointment.select().where(mine, Appointment.day == day, Appointment.state.in_(COUNTED)).count()
    )


def get_own(customer: Customer, public_id: str) -> Appointment:
    """Return a customer's own appointment. Raises DomainError(not_found)."""
    found = Appointment.find(public_id=public_id, customer=customers.survivor(customer).id)
    if found is None:
        raise errors.not_found("该预约")
    return found


def record(row: Appointment, step: str, *, reason: str = "") -> None:
    """Record the event of a step. Requires a transaction."""
    facts: dict[str, Any] = {"appointment_id": row.id} | ({"reason": reason} if reason else {})
    events.record(f"appointments.{step}", customer_id=row.customer_id, shop_id=row.shop_id, **facts)


def _ensure_slot(service: AppointmentService, starts_at: datetime) -> Slot:
    found = slots.list_slots(service, business_days.day_of(starts_at))
    slot = next((one for one in found if one.starts_at == starts_at), None)
    if slot is not None and slot.left:
        return slot
    fresh = [{"starts_at": one.starts_at.isoformat(), "left": one.left} for one in found]
    if slot is None:
        raise errors.DomainError("slot_gone", "该时段已不可约，请重新选择", 409, slots=fresh)
    raise errors.DomainError("slot_full", "该时段刚刚约满，请选择其他时段", 409, slots=fresh)


def _ensure_daily_limit(customer: Customer, service: AppointmentService, day: date) -> None:
    if service.daily_limit and count_of_day(customer, service, day) >= service.daily_limit:
        raise errors.DomainError(
            "daily_limit", f"每人每天最多预约 {service.daily_limit} 次，{day.month}月{day.day}日已约满", 409
        )


def _first_state(service: AppointmentService, slot: Slot) -> dict[str, Any]:
    now = clock.now()
    if not service.needs_review:
        return {"state": "confirmed", "remind_at": reminders.find_next(slot.starts_at, after=now)}
    held_until = now + timedelta(minutes=settings.read(AppointmentSettings).hold_minutes)
    return {"state": "requested", "held_until": min(held_until, slot.starts_at)}
