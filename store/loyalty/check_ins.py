"""A check-in (签到): once a business day, with points, and extra points at streaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

import peewee
from pydantic import Field

from store.company import calendar, settings
from store.kernel import clock, db, events
from store.kernel.fields import Day, Moment
from store.kernel.records import Record
from store.loyalty import points
from store.loyalty.cost_centres import Payer
from store.people import members, merge_journal, merges
from store.people.customers import Customer
from store.people.members import Member
from store.people.merge_journal import Way


class CheckInRules(settings.Topic):
    """`streaks` maps a number of days in a row to the extra points of that day; `cost_centre` pays for all."""

    points: int = Field(default=5, ge=0, le=10_000)
    streaks: dict[Annotated[int, Field(ge=1, le=3650)], Annotated[int, Field(ge=0, le=10_000)]] = {
        3: 5, 7: 15, 15: 40, 30: 100,
    }  # fmt: skip
    valid_days: int = Field(default=365, ge=1, le=3650)
    cost_centre: Payer = None


class CheckIn(Record):
    """One member's check-in of one day; `streak` counts the days in a row up to it."""

    member = peewee.ForeignKeyField(Member, backref="check_ins", index=False)
    day = Day()
    at = Moment(default=clock.now)
    streak = peewee.IntegerField()
    points = peewee.IntegerField()
    extra = peewee.IntegerField(default=0)
    source = peewee.CharField(max_length=30)

    class Meta:
        indexes = ((("member", "day"), True),)


@dataclass(frozen=True)
class Outcome:
    """What a check-in came to: `already` when today's was done before; points of today and balance after."""

    already: bool
    streak: int
    points: int
    extra: int
    balance: int
    next_streak: int | None
    next_extra: int | None


@db.verb
def check_in(*, customer: Customer, source: str, channel_id: int | None = None) -> Outcome:
    """Check a customer in for the running day; asked again the same day it tells what the first one gave."""
    member = members.locked_of(customer)
    rules = settings.read(CheckInRules)
    day = calendar.today()
    found = CheckIn.find(member=member.id, day=day)
    if found is not None:
        return _outcome(found, rules, already=True, balance=points.balance(member))
    streak = _streak_before(member, day) + 1
    extra = _reward(member, day, streak, rules.streaks)
    row = CheckIn.create(
        member=member, day=day, streak=streak, points=rules.points + extra, extra=extra, source=source
    )
    entry = None
    if row.points:
        entry = points.earn(
            member=member,
            kind="behaviour_increase",
            value=row.points,
            key=f"check-in:{member.id}:{day}",
            expires_at=calendar.end_of(day + timedelta(days=rules.valid_days)),
            behaviour="check_in",
            cost_centre=rules.cost_centre,
            source=source,
            reason=f"签到第 {streak} 天",
        )
    events.record(
        "check_ins.done",
        customer_id=member.customer_id,
        member_id=member.id,
        channel_id=channel_id,
        streak=streak,
        points=row.points,
        source=source,
    )
    balance = entry.account.available if entry else points.balance(member)
    return _outcome(row, rules, already=False, balance=balance)


def today(customer: Customer) -> CheckIn | None:
    """Today's check-in, if it was done."""
    return CheckIn.find(member=members.of_customer(customer).id, day=calendar.today())


def streak(customer: Customer) -> int:
    """The days in a row up to today, or up to yesterday while today is still open."""
    member, day = members.of_customer(customer), calendar.today()
    done = CheckIn.find(member=member.id, day=day)
    return done.streak if done else _streak_before(member, day)


def month(customer: Customer, first: date) -> list[CheckIn]:
    """The check-ins of the month that `first` begins, by day."""
    member = members.of_customer(customer)
    until = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    within = (CheckIn.day >= first.replace(day=1)) & (CheckIn.day < until)
    return list(CheckIn.select().where((CheckIn.member == member) & within).order_by(CheckIn.day))


def run(member: Member, *, first: date, last: date) -> list[CheckIn]:
    """The check-ins from one day to another."""
    return list(CheckIn.select().where((CheckIn.member == member) & CheckIn.day.between(first, last)))


def still_due(done: Sequence[CheckIn], streaks: Mapping[int, int]) -> int:
    """What the days of a run and one more are worth checked in one by one, less what they have had."""
    due = sum(extra for days, extra in streaks.items() if days <= len(done) + 1)
    return max(due - sum(row.extra for row in done), 0)


def _reward(member: Member, day: date, streak: int, streaks: Mapping[int, int]) -> int:
    """The extra points of a day, which a run with a day that was filled later has at most what it is due."""
    extra = streaks.get(streak, 0)
    if not extra or streak == 1:
        return extra
    done = run(member, first=day - timedelta(days=streak - 1), last=day - timedelta(days=1))
    filled = any(calendar.day_of(row.at) > row.day for row in done)
    return min(extra, still_due(done, streaks)) if filled else extra


def _streak_before(member: Member, day: date) -> int:
    found = CheckIn.find(member=member.id, day=day - timedelta(days=1))
    return found.streak if found else 0


def _outcome(row: CheckIn, rules: CheckInRules, *, already: bool, balance: int) -> Outcome:
    ahead = sorted(days for days, extra in rules.streaks.items() if days > row.streak and extra)
    return Outcome(
        already=already,
        streak=row.streak,
        points=row.points,
        extra=row.extra,
        balance=balance,
        next_streak=ahead[0] if ahead else None,
        next_extra=rules.streaks[ahead[0]] if ahead else None,
    )


def _merge_days(field: peewee.Field, way: Way) -> int:
    """One row a day stays; streaks are counted anew over the joined days, points given stay given."""
    touched = merges.moved_unless_there("day")(field, way)
    if touched:
        _count_streaks(way.survivor)
    return touched


def _part_days(field: peewee.Field, way: Way) -> None:
    """Each has their own days again, the survivor those since too."""
    merge_journal.put_back(field, way)
    for member_id in (way.loser, way.survivor):
        _count_streaks(member_id)


def _count_streaks(member_id: int) -> None:
    previous: CheckIn | None = None
    for row in CheckIn.select().where(CheckIn.member == member_id).order_by(CheckIn.day):
        follows = previous is not None and previous.day == row.day - timedelta(days=1)
        row.put(streak=previous.streak + 1 if previous is not None and follows else 1)
        previous = row


merges.carries(CheckIn.member, _merge_days, back=_part_days)
