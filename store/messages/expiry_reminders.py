"""A reminder (到期提醒): what members are told of ahead, once each: points and coupons that will end.

It is a row before it is an event, so that the database itself rejects to tell the same twice. Points that
begin to count are told of in the same way: nothing has to be done for them, as spending reads the moment
from which a lot may be used, and tiers count points when they are given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import peewee
from peewee import fn
from pydantic import Field

from store.core import clock, errors, events
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
    """Whether members are told before points and coupons end, and how many days ahead."""

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
    """`day` is the last on which it can be used (or the first, of what begins); `count` is how much it was.

    `group_id` is 0 for coupons, of which all that end on a day are one reminder.
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


# Both of two people who become one were told: the one reminder that stays is enough.
merge_rules.register_rule(
    Reminder.member, merge_rules.move_or_drop_duplicates("kind", "group_id", "day", "days_ahead")
)


@dataclass(frozen=True)
class ReminderBatch:
    """What is told in one go: its kind, the day in question, and how far ahead that is."""

    kind: str
    day: date
    days_ahead: int = 0


def batches(*, day: date) -> Iterator[Callable[[], int]]:
    """The reminders due on the morning after a past day, a batch a call: each tells how many it gave.

    For a day long past, what has ended meanwhile is not reminded of any more.
    """
    chosen, morning = settings.read(ExpiryReminderSettings), _next_day(day)
    ahead = {
        "points.ending_soon": chosen.points_days if chosen.points else (),
        "coupons.ending_soon": chosen.coupons_days if chosen.coupons else (),
    }
    for kind, distances in ahead.items():
        for days in sorted(set(distances), reverse=True):
            yield from _batches(ReminderBatch(kind, morning + timedelta(days=days), days))


def activation_batches(*, day: date) -> Iterator[Callable[[], int]]:
    """The same for points given earlier that can be used from the morning after a past day, or since."""
    yield from _batches(ReminderBatch("points.activated", _next_day(day)))


def remaining(event: Event) -> int:
    """How much is left at this moment of what a reminder's event foretold; 0 when it was used meanwhile."""
    facts = event.properties
    notice = ReminderBatch(event.kind, date.fromisoformat(facts["day"]), facts["days_ahead"])
    rows = _expiring(notice).where(Member.id == event.member_id).tuples()
    return sum(int(count) for _, _, group_id, count in rows if group_id == facts["group_id"])


def _next_day(day: date) -> date:
    if day >= business_days.today():
        raise errors.invalid("day", "只能处理已经结束的日期")
    return day + timedelta(days=1)


def _batches(batch: ReminderBatch) -> Iterator[Callable[[], int]]:
    owners = sorted({member_id for member_id, *_ in _not_reminded(batch).tuples().iterator()})
    for some in peewee.chunked(owners, BATCH_SIZE):
        yield partial(_record_reminders, batch, some)


@db.transactional
def _record_reminders(batch: ReminderBatch, member_ids: Sequence[int]) -> int:
    """Look again once the members are locked: they may have used it up, or have been told by somebody else."""
    held = members.lock_all_in_order(member_ids)
    rows = list(_not_reminded(batch).where(db.in_ids(Member.id, held)).tuples())
    if not rows:
        return 0
    common = {"kind": batch.kind, "day": batch.day, "days_ahead": batch.days_ahead, "at": clock.now()}
    Reminder.insert_many(
        [
            {"member": member_id, "group_id": group_id, "count": count, **common}
            for member_id, _, group_id, count in rows
        ]
    ).execute()
    facts = {"day": batch.day.isoformat(), "days_ahead": batch.days_ahead}
    told = [
        {
            "customer_id": customer_id,
            "member_id": member_id,
            "properties": {"group_id": group_id, "count": count, **facts},
        }
        for member_id, customer_id, group_id, count in rows
    ]
    events.record_many(batch.kind, told)
    return len(rows)


def _not_reminded(batch: ReminderBatch) -> Any:
    """Member, customer, group and sum of what a notice is about, where it was not told of yet."""
    query, group = _expiring(batch), PointAccount.group if batch.kind != "coupons.ending_soon" else 0
    told = Reminder.select(Reminder.id).where(
        (Reminder.member == Member.id) & (Reminder.kind == batch.kind) & (Reminder.group_id == group)
        & (Reminder.day == batch.day) & (Reminder.days_ahead == batch.days_ahead)
    )  # fmt: skip
    return query.where(~fn.EXISTS(told))


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
    """Written out like the partial index `point_lot_ending`, which the database else does not recognise."""
    some_left = (PointLot.remaining > peewee.SQL("0")) & PointLot.expires_at.is_null(False)
    return some_left & _expires_on(PointLot.expires_at, last_day)


def _activating(first_day: date) -> Any:
    """Lots of entries of an earlier day than that from which they count; of the same day they need no word."""
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
    """Whether something ends with a day, and has not ended yet when that day is long past."""
    begins: datetime = max(business_days.start_of(last_day), clock.now())
    return (ends > begins) & (ends <= business_days.end_of(last_day))
