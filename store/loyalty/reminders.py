"""A reminder (到期提醒): what members are told of ahead, once each: points and coupons that will end.

It is a row before it is an event, so that the database itself refuses to tell the same twice. Points that
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

from store.company import calendar, settings
from store.kernel import clock, db, events, refusals
from store.kernel.events import Event
from store.kernel.fields import Day, Moment
from store.kernel.records import Record
from store.loyalty.coupons import Coupon
from store.loyalty.point_accounts import PointAccount, PointEntry, PointLot
from store.people import members, merges
from store.people.members import Member

PORTION = 500  # members in one transaction

Days = Annotated[tuple[Annotated[int, Field(ge=1, le=365)], ...], Field(max_length=5)]


class Reminders(settings.Topic):
    """Whether members are told before points and coupons end, and how many days ahead."""

    points: bool = True
    points_days: Days = (30, 7)
    coupons: bool = True
    coupons_days: Days = (3,)


KINDS = ("points.activated", "points.ending_soon", "coupons.ending_soon")  # the events are called alike


class Reminder(Record):
    """`day` is the last on which it can be used (or the first, of what begins); `count` is how much it was.

    `group_id` is 0 for coupons, of which all that end on a day are one reminder.
    """

    member = peewee.ForeignKeyField(Member, index=False)
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {KINDS}")])
    group_id = peewee.BigIntegerField(default=0)
    day = Day()
    days_ahead = peewee.IntegerField()
    count = peewee.BigIntegerField(constraints=[peewee.Check('"count" > 0')])
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("member", "kind", "group_id", "day", "days_ahead"), True),)


# Both of two people who become one were told: the one reminder that stays is enough.
merges.carries(Reminder.member, merges.moved_unless_there("kind", "group_id", "day", "days_ahead"))


@dataclass(frozen=True)
class Notice:
    """What is told in one go: its kind, the day in question, and how far ahead that is."""

    kind: str
    day: date
    days_ahead: int = 0


def portions(*, day: date) -> Iterator[Callable[[], int]]:
    """The reminders due on the morning after a past day, a portion a call: each tells how many it gave.

    For a day long past, what has ended meanwhile is not reminded of any more.
    """
    chosen, morning = settings.read(Reminders), _morning_after(day)
    ahead = {
        "points.ending_soon": chosen.points_days if chosen.points else (),
        "coupons.ending_soon": chosen.coupons_days if chosen.coupons else (),
    }
    for kind, distances in ahead.items():
        for days in sorted(set(distances), reverse=True):
            yield from _portions(Notice(kind, morning + timedelta(days=days), days))


def activations(*, day: date) -> Iterator[Callable[[], int]]:
    """The same for points given earlier that can be used from the morning after a past day, or since."""
    yield from _portions(Notice("points.activated", _morning_after(day)))


def left(event: Event) -> int:
    """How much is left at this moment of what a reminder's event foretold; 0 when it was used meanwhile."""
    facts = event.properties
    notice = Notice(event.kind, date.fromisoformat(facts["day"]), facts["days_ahead"])
    rows = _ending(notice).where(Member.id == event.member_id).tuples()
    return sum(int(count) for _, _, group_id, count in rows if group_id == facts["group_id"])


def _morning_after(day: date) -> date:
    if day >= calendar.today():
        raise refusals.invalid("day", "只能处理已经结束的日期")
    return day + timedelta(days=1)


def _portions(notice: Notice) -> Iterator[Callable[[], int]]:
    owners = sorted({member_id for member_id, *_ in _untold(notice).tuples().iterator()})
    for some in peewee.chunked(owners, PORTION):
        yield partial(_tell, notice, some)


@db.verb
def _tell(notice: Notice, owners: Sequence[int]) -> int:
    """Look again once the members are locked: they may have used it up, or have been told by somebody else."""
    held = members.locked_together(owners)
    rows = list(_untold(notice).where(db.among(Member.id, held)).tuples())
    if not rows:
        return 0
    common = {"kind": notice.kind, "day": notice.day, "days_ahead": notice.days_ahead, "at": clock.now()}
    Reminder.insert_many(
        [
            {"member": member_id, "group_id": group_id, "count": count, **common}
            for member_id, _, group_id, count in rows
        ]
    ).execute()
    facts = {"day": notice.day.isoformat(), "days_ahead": notice.days_ahead}
    told = [
        {
            "customer_id": customer_id,
            "member_id": member_id,
            "properties": {"group_id": group_id, "count": count, **facts},
        }
        for member_id, customer_id, group_id, count in rows
    ]
    events.record_many(notice.kind, told)
    return len(rows)


def _untold(notice: Notice) -> Any:
    """Member, customer, group and sum of what a notice is about, where it was not told of yet."""
    query, group = _ending(notice), PointAccount.group if notice.kind != "coupons.ending_soon" else 0
    told = Reminder.select(Reminder.id).where(
        (Reminder.member == Member.id) & (Reminder.kind == notice.kind) & (Reminder.group_id == group)
        & (Reminder.day == notice.day) & (Reminder.days_ahead == notice.days_ahead)
    )  # fmt: skip
    return query.where(~fn.EXISTS(told))


def _ending(notice: Notice) -> Any:
    if notice.kind == "coupons.ending_soon":
        return _ending_coupons(notice.day)
    within = _beginning(notice.day) if notice.kind == "points.activated" else _ending_lots(notice.day)
    return (
        PointLot.select(Member.id, Member.customer, PointAccount.group, fn.SUM(PointLot.left).cast("bigint"))
        .join(PointAccount)
        .join(Member)
        .where(within)
        .group_by(Member.id, Member.customer, PointAccount.group)
    )


def _ending_lots(last_day: date) -> Any:
    """Written out like the partial index `point_lot_ending`, which the database else does not recognise."""
    some_left = (PointLot.left > peewee.SQL("0")) & PointLot.expires_at.is_null(False)
    return some_left & _within(PointLot.expires_at, last_day)


def _beginning(first_day: date) -> Any:
    """Lots of entries of an earlier day than that from which they count; of the same day they need no word."""
    start, eve = calendar.start_of(first_day), calendar.start_of(first_day - timedelta(days=1))
    later = PointEntry.select(PointEntry.id).where(
        (PointEntry.effective_at > PointEntry.at)  # written out like the partial index, as above
        & (PointEntry.effective_at > eve)
        & (PointEntry.effective_at <= start)
        & ((PointEntry.effective_at == start) | (PointEntry.at < eve))
    )
    return PointLot.entry.in_(later) & (PointLot.left > 0)


def _ending_coupons(last_day: date) -> Any:
    ending = (Coupon.state == "issued") & _within(Coupon.ends_at, last_day)
    return (
        Coupon.select(Member.id, Member.customer, peewee.Value(0), fn.COUNT(Coupon.id))
        .join(Member, on=(Coupon.member == Member.id))
        .where(ending)
        .group_by(Member.id, Member.customer)
    )


def _within(ends: peewee.Field, last_day: date) -> Any:
    """Whether something ends with a day, and has not ended yet when that day is long past."""
    begins: datetime = max(calendar.start_of(last_day), clock.now())
    return (ends > begins) & (ends <= calendar.end_of(last_day))
