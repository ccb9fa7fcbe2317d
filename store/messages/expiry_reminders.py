"""Reminders (到期提醒): points and coupons that will expire, one reminder each.

A reminder is a row before it is an event, so a unique key prevents a second one. Points that become usable are
reported in the same way; they need no other step, because spending reads the start of a lot.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import peewee
from peewee import fn
from pydantic import Field

from store.core import clock, events
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.core.events import Event
from store.coupons.coupons import Coupon
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.points.ledger import PointAccount, PointEntry, PointLot
from store.tenants import business_days, settings

BATCH_SIZE = 500  # members in one transaction

DaysAhead = Annotated[tuple[Annotated[int, Field(ge=1, le=365)], ...], Field(max_length=5)]


class ExpiryReminderSettings(settings.SettingsGroup, name="expiry_reminder"):
    """Whether members are reminded before points and coupons expire, and how many days ahead."""

    points: bool = True
    points_days: DaysAhead = (30, 7)
    coupons: bool = True
    coupons_days: DaysAhead = (3,)


REMINDER_KINDS = (
    "points.activated",
    "points.ending_soon",
    "coupons.ending_soon",
)  # the events are called alike


class Reminder(Model):
    """`day` is the last day of use (or the first, of points that become usable); `count` is the amount.

    `group_id` is 0 for coupons, of which all that expire on a day are one reminder.
    """

    member = peewee.ForeignKeyField(Member, index=False)
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {REMINDER_KINDS}")])
    group_id = peewee.BigIntegerField(default=0)
    day = DateField()
    days_ahead = peewee.IntegerField()
    count = peewee.BigIntegerField(constraints=[peewee.Check('"count" > 0')])
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("member", "kind", "group_id", "day", "days_ahead"), True),)


# Both customers of a merge may have the same reminder: one row is enough.
merge_rules.register_rule(
    Reminder.member, merge_rules.move_or_drop_duplicates("kind", "group_id", "day", "days_ahead")
)


@dataclass(frozen=True)
class ReminderBatch:
    """The reminders of one kind and day, and how many days ahead that is."""

    kind: str
    day: date
    days_ahead: int = 0


@db.transactional
def run_batch(day: date) -> int:
    """Record a batch of the reminders due on the morning after a past day and return their number.

    Returns 0 if none is left. For a day long past, what has expired meanwhile is left out.
    """
    return _run_first(_ending_soon(_next_day(day)))


@db.transactional
def run_activation_batch(day: date) -> int:
    """Record a batch of the points that became usable on the morning after a past day, or since.

    Returns their number, 0 if none is left.
    """
    return _run_first([ReminderBatch("points.activated", _next_day(day))])


def count_remaining(some: Sequence[Event]) -> dict[int, int]:
    """Return by event how much of its reminder's points or coupons remains, 0 if they were used meanwhile.

    One query for the events of each kind and day.
    """
    found: dict[int, int] = {}
    for batch, alike in _by_batch(some).items():
        mine = db.in_ids(
            Member.id, sorted({int(event.member_id) for event in alike if event.member_id is not None})
        )
        left = {
            (member_id, group_id): int(count)
            for member_id, _, group_id, count in _expiring(batch).where(mine).tuples()
        }
        for event in alike:
            found[event.id] = left.get((event.member_id, event.properties["group_id"]), 0)
    return found


def _by_batch(some: Sequence[Event]) -> dict[ReminderBatch, list[Event]]:
    found: dict[ReminderBatch, list[Event]] = {}
    for event in some:
        facts = event.properties
        batch = ReminderBatch(event.kind, date.fromisoformat(facts["day"]), facts["days_ahead"])
        found.setdefault(batch, []).append(event)
    return found


def _next_day(day: date) -> date:
    business_days.ensure_past(day)
    return day + timedelta(days=1)


def _ending_soon(morning: date) -> Iterator[ReminderBatch]:
    """Yield what the settings remind of on a morning, the most distant days first."""
    chosen = settings.read(ExpiryReminderSettings)
    ahead = {
        "points.ending_soon": chosen.points_days if chosen.points else (),
        "coupons.ending_soon": chosen.coupons_days if chosen.coupons else (),
    }
    for kind, distances in ahead.items():
        for days in sorted(set(distances), reverse=True):
            yield ReminderBatch(kind, morning + timedelta(days=days), days)


def _run_first(reminders: Iterable[ReminderBatch]) -> int:
    """Record a batch of the first reminders that are not complete and return their number."""
    for batch in reminders:
        while member_ids := _next_members(batch):
            if count := _record_reminders(batch, member_ids):
                return count
    return 0


def _next_members(batch: ReminderBatch) -> list[int]:
    """Return members without their reminder, as many as fit into a transaction.

    Without sums, so that the database stops at the first of them instead of grouping all for every batch.
    """
    rows = _not_reminded(batch).select(Member.id).group_by().limit(BATCH_SIZE).tuples()
    return sorted({member_id for (member_id,) in rows})


@db.transactional
def _record_reminders(batch: ReminderBatch, member_ids: Sequence[int]) -> int:
    """Insert the reminders after locking the members, who may have used the points meanwhile."""
    held = members.lock_all_in_order(member_ids)
    rows = list(_not_reminded(batch).where(db.in_ids(Member.id, held)).tuples())
    if not rows:
        return 0
    common = {"kind": batch.kind, "day": batch.day, "days_ahead": batch.days_ahead, "at": clock.now()}
    Reminder.create_many(
        [
            {"member": member_id, "group_id": group_id, "count": count, **common}
            for member_id, _, group_id, count in rows
        ]
    )
    facts = {"day": batch.day.isoformat(), "days_ahead": batch.days_ahead}
    rows = [
        {
            "customer_id": customer_id,
            "member_id": member_id,
            "properties": {"group_id": group_id, "count": count, **facts},
        }
        for member_id, customer_id, group_id, count in rows
    ]
    events.record_many(batch.kind, rows)
    return len(rows)


def _not_reminded(batch: ReminderBatch) -> Any:
    """Return member, customer, group and sum of what has no reminder yet."""
    query, group = _expiring(batch), PointAccount.group if batch.kind != "coupons.ending_soon" else 0
    reminded = Reminder.select(Reminder.id).where(
        (Reminder.member == Member.id) & (Reminder.kind == batch.kind) & (Reminder.group_id == group)
        & (Reminder.day == batch.day) & (Reminder.days_ahead == batch.days_ahead)
    )  # fmt: skip
    return query.where(~fn.EXISTS(reminded))


def _expiring(batch: ReminderBatch) -> Any:
    if batch.kind == "coupons.ending_soon":
        return _expiring_coupons(batch.day)
    within = _activating(batch.day) if batch.kind == "points.activated" else _expiring_lots(batch.day)
    return (
        PointLot.select(
            Member.id, Member.customer, PointAccount.group, fn.SUM(PointLot.remaining).cast("bigint")
        )
        .join(PointAccount)
        .join(Member)
        .where(within)
        .group_by(Member.id, Member.customer, PointAccount.group)
    )


def _expiring_lots(last_day: date) -> Any:
    """Return the condition of the partial index `point_lot_ending`, written as the index so that it is used."""
    some_left = (PointLot.remaining > peewee.SQL("0")) & PointLot.expires_at.is_null(False)
    return some_left & _expires_on(PointLot.expires_at, last_day)


def _activating(first_day: date) -> Any:
    """Return lots of earlier entries that become usable; lots usable from their own day need no reminder."""
    start, eve = business_days.start_of(first_day), business_days.start_of(first_day - timedelta(days=1))
    later = PointEntry.select(PointEntry.id).where(
        (PointEntry.effective_at > PointEntry.at)  # written out like the partial index, as above
        & (PointEntry.effective_at > eve)
        & (PointEntry.effective_at <= start)
        & ((PointEntry.effective_at == start) | (PointEntry.at < eve))
    )
    return PointLot.entry.in_(later) & (PointLot.remaining > 0)


def _expiring_coupons(last_day: date) -> Any:
    ending = (Coupon.state == "issued") & _expires_on(Coupon.ends_at, last_day)
    return (
        Coupon.select(Member.id, Member.customer, peewee.Value(0), fn.COUNT(Coupon.id))
        .join(Member, on=(Coupon.member == Member.id))
        .where(ending)
        .group_by(Member.id, Member.customer)
    )


def _expires_on(ends: peewee.Field, last_day: date) -> Any:
    """Return the condition of what expires with a day and has not expired yet."""
    begins: datetime = max(business_days.start_of(last_day), clock.now())
    return (ends > begins) & (ends <= business_days.end_of(last_day))
