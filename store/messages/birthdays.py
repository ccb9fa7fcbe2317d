"""Birthdays (生日): an event on the morning of each member's birthday, which the birthday message follows."""

import calendar
from datetime import date, timedelta
from typing import Any

from peewee import fn

from store.core import events
from store.core.database import db
from store.core.events import Event
from store.customers import profiles
from store.customers.customers import Customer
from store.customers.members import Member
from store.tenants import business_days

BATCH_SIZE = 500
EVENT_KIND = "members.birthday"


@db.transactional
def run_batch(day: date) -> int:
    """Record a batch of the birthdays on the morning after a past day and return their number.

    Returns 0 if none is left, and for a morning long past, because late congratulations are not wanted.
    """
    business_days.ensure_past(day)
    birthday = day + timedelta(days=1)
    if birthday != business_days.today():
        return 0
    rows = list(_without_event(birthday).tuples())
    events.record_many(
        EVENT_KIND,
        [
            {"customer_id": customer_id, "member_id": member_id, "properties": {}}
            for customer_id, member_id in rows
        ],
    )
    return len(rows)


def _without_event(birthday: date) -> Any:
    since = business_days.start_of(birthday)
    recorded = Event.select(Event.id).where(
        (Event.customer_id == Customer.id) & (Event.kind == EVENT_KIND) & (Event.at >= since)
    )
    return (
        Customer.select(Customer.id, fn.MIN(Member.id))
        .join(Member, on=(Member.customer == Customer.id))
        .where(
            Customer.birthday_index.in_(_indexes_of(birthday))
            & Customer.erased_at.is_null() & Customer.merged_into.is_null()
            & (Member.status == "active") & Member.joined_at.is_null(False) & ~fn.EXISTS(recorded)
        )
        .group_by(Customer.id)
        .order_by(Customer.id)
        .limit(BATCH_SIZE)
    )  # fmt: skip


def _indexes_of(day: date) -> list[str]:
    """Return the blind indexes of the birthdays of a day. The 29th of February falls on the 28th in other years."""
    days = [f"2000-{day:%m-%d}"]
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        days.append("2000-02-29")
    return [profiles.blind_index_of("birthday", one) for one in days]
