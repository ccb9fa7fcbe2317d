"""The table of appointments (预约), their states, and what the states are called."""

import json
from datetime import datetime
from typing import Any

import peewee

from store.appointments.answers import Answers
from store.appointments.occupancy import Span
from store.appointments.services import AppointmentService
from store.core import clock, ids
from store.core.database import db
from store.core.database.fields import DateField, EncryptedField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import profiles
from store.customers.customers import Customer
from store.customers.merging import rules as merge_rules
from store.shops.shops import Shop

TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"confirmed", "rejected", "cancelled", "expired"}),
    "confirmed": frozenset({"arrived", "no_show", "cancelled"}),
    "no_show": frozenset({"arrived"}),
    "arrived": frozenset({"no_show"}),
    "rejected": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}
STATES = tuple(TRANSITIONS)
STATE_LABELS = {
    "requested": "待确认", "confirmed": "已预约", "arrived": "已到店", "no_show": "未到店", "rejected": "未通过",
    "cancelled": "已取消", "expired": "已失效",
}  # fmt: skip
LIVE = ("requested", "confirmed")
HOLDING = ("confirmed", "arrived")  # these take capacity; a request does so until its hold ends
COUNTED = (*LIVE, "arrived", "no_show")  # towards the daily limit of a customer


class Appointment(Model):
    """`day` is the business day of the beginning. The fields of the person are encrypted.

    A request takes capacity until `held_until`. `remind_at` is the next reminder.
    """

    public_id = peewee.CharField(max_length=40, unique=True, default=lambda: ids.public_id("apt_"))
    service = peewee.ForeignKeyField(AppointmentService, index=False)
    shop = peewee.ForeignKeyField(Shop, index=False)
    customer = peewee.ForeignKeyField(Customer, backref="appointments")
    state = peewee.CharField(max_length=10, constraints=[peewee.Check(f"state IN {STATES}")])
    day = DateField()
    starts_at = UtcDateTimeField()
    ends_at = UtcDateTimeField()
    name = EncryptedField(context="appointment.name")
    phone = EncryptedField(context="appointment.phone")
    phone_index = peewee.CharField(max_length=64, index=True)
    answers = EncryptedField(context="appointment.answers")
    held_until = UtcDateTimeField(null=True)
    remind_at = UtcDateTimeField(null=True, index=True)
    reason = peewee.CharField(max_length=80, default="")
    booked_at = UtcDateTimeField(default=clock.now)

    class Meta:
        constraints = [peewee.Check("ends_at > starts_at")]
        indexes = (
            (("service", "starts_at"), False),
            (("shop", "day"), False),
            (("state", "starts_at"), False),
        )

    @property
    def span(self) -> Span:
        return self.starts_at, self.ends_at

    def read_answers(self) -> Answers:
        """Return what the customer typed into the form."""
        return json.loads(self.answers) if self.answers else []


merge_rules.register_rule(Appointment.customer)


def is_holding(now: datetime) -> Any:
    """Return the condition of appointments that take capacity at `now`."""
    held = (Appointment.state == "requested") & (Appointment.held_until > now)
    return Appointment.state.in_(HOLDING) | held


def lock(appointment: Appointment) -> Appointment:
    """Lock the row of an appointment and return it as it is now. Requires a transaction."""
    return db.lock(Appointment.select().where(Appointment.id == appointment.id)).get()


def _erase(customer_ids: list[int]) -> int:
    """Erase name, phone and answers, and cancel what lies ahead. The times stay, so that a day keeps its figures."""
    mine = Appointment.customer.in_(customer_ids) & (Appointment.phone_index != "")
    ended = {"state": "cancelled", "held_until": None, "remind_at": None, "reason": "顾客已清除资料"}
    Appointment.update(ended).where(mine & Appointment.state.in_(LIVE)).execute()
    return int(Appointment.update(name="", phone="", phone_index="", answers="").where(mine).execute())


profiles.register_eraser(_erase)
