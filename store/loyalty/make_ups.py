"""A make-up check-in (补签): a missed day filled afterwards, within the limits that the company sets.

The days in a row are counted anew with the filled day among them. What the joined run then reaches for the
first time is rewarded, yet never so that the run has brought more than the same days checked in one by one, nor
do the days that follow it: leaving days out on purpose, to reach the small rewards twice and then the large one,
gains nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import peewee
from pydantic import Field

from store.company import calendar, settings
from store.kernel import clock, db, events, refusals
from store.kernel.fields import Day, Moment
from store.kernel.records import Record
from store.loyalty import check_ins, points
from store.loyalty.check_ins import CheckIn, CheckInRules
from store.people import members, merges
from store.people.customers import Customer
from store.people.members import Member


class MakeUpRules(settings.Topic):
    """Off until the company allows it; `price` is in points, `a_month` counts by when they were made."""

    allowed: bool = False
    days_back: int = Field(default=7, ge=1, le=31)
    a_month: int = Field(default=3, ge=1, le=31)
    price: int = Field(default=0, ge=0, le=10_000)


class MakeUp(Record):
    """Which missed day a member filled, when, and for how many points."""

    member = peewee.ForeignKeyField(Member, index=False)
    day = Day()
    price = peewee.IntegerField(constraints=[peewee.Check("price >= 0")])
    at = Moment(default=clock.now)

    class Meta:
        indexes = ((("member", "day"), True),)


merges.carries(MakeUp.member, merges.moved_unless_there("day"))


@dataclass(frozen=True)
class Offer:
    """The missed days that can be filled now, how many of them this month, and the price of each in points."""

    days: list[date]
    left: int
    price: int


@dataclass(frozen=True)
class Outcome:
    """What a make-up came to: `already` when the day was done before; `streak` is that of today."""

    already: bool
    day: date
    streak: int
    points: int
    extra: int
    price: int
    balance: int
    left: int


@db.verb
def make_up(*, customer: Customer, day: date, source: str, channel_id: int | None = None) -> Outcome:
    """Fill a missed day and pay for it; asked again it tells what the first one gave and costs nothing."""
    member = members.locked(members.of_customer(customer).id)
    rules = settings.read(MakeUpRules)
    found = CheckIn.find(member=member.id, day=day)
    if found is not None:
        return _outcome(member, found, already=True)
    _refuse(member, day, rules)
    if rules.price:
        points.spend(
            member=member,
            kind="behaviour_decrease",
            value=rules.price,
            key=f"make-up:{member.id}:{day}",
            behaviour="make_up",
            source=source,
            reason=f"补签 {day}",
        )
    MakeUp.create(member=member, day=day, price=rules.price)
    row = _fill(member, day, source)
    events.record(
        "check_ins.made_up",
        customer_id=member.customer_id,
        member_id=member.id,
        channel_id=channel_id,
        day=day.isoformat(),
        points=row.points,
        price=rules.price,
        source=source,
    )
    return _outcome(member, row, already=False)


def offer(customer: Customer) -> Offer | None:
    """What a customer can fill at this moment; None where the company does not allow it."""
    member, rules = members.of_customer(customer), settings.read(MakeUpRules)
    if not rules.allowed:
        return None
    left, today = _left(member, rules), calendar.today()
    within = (CheckIn.day >= today - timedelta(days=rules.days_back)) & (CheckIn.day < today)
    done = {row.day for row in CheckIn.select(CheckIn.day).where((CheckIn.member == member) & within)}
    back = [today - timedelta(days=number) for number in range(rules.days_back, 0, -1)]
    missed = [day for day in back if day not in done and day >= _began(member)]
    return Offer(days=missed if left else [], left=left, price=rules.price)


def _refuse(member: Member, day: date, rules: MakeUpRules) -> None:
    """The member is locked: what was made up this month is counted, and nobody adds to it meanwhile."""
    today = calendar.today()
    if not rules.allowed:
        raise refusals.Refused("make_ups_off", "暂不支持补签", 409)
    if day >= today:
        raise refusals.invalid("day", "只能补签今天以前的日期")
    if day < today - timedelta(days=rules.days_back):
        raise refusals.invalid("day", f"只能补签最近 {rules.days_back} 天")
    if day < _began(member):
        raise refusals.invalid("day", "那时您还没有来过")
    if not _left(member, rules):
        raise refusals.Refused(
            "make_up_limit", f"每月可补签 {rules.a_month} 次，本月已用完", 409, limit=rules.a_month
        )


def _began(member: Member) -> date:
    return calendar.day_of(member.customer.created_at)


def _left(member: Member, rules: MakeUpRules) -> int:
    since = calendar.start_of(calendar.today().replace(day=1))
    made = MakeUp.select().where((MakeUp.member == member) & (MakeUp.at >= since)).count()
    return max(rules.a_month - made, 0)


def _fill(member: Member, day: date, source: str) -> CheckIn:
    """Enter the day with its points, and count on the streaks of the days that follow it without a gap."""
    rules = settings.read(CheckInRules)
    before, after = _days_before(member, day), _days_after(member, day)
    extra = _reward(member, day, before, after, rules.streaks)
    following = (
        (CheckIn.member == member) & (CheckIn.day > day) & (CheckIn.day <= day + timedelta(days=after))
    )
    CheckIn.update(streak=CheckIn.streak + before + 1).where(following).execute()
    row = CheckIn.create(
        member=member, day=day, streak=before + 1, points=rules.points + extra, extra=extra, source=source
    )
    if row.points:
        points.earn(
            member=member,
            kind="behaviour_increase",
            value=row.points,
            key=f"check-in:{member.id}:{day}",
            expires_at=calendar.end_of(calendar.today() + timedelta(days=rules.valid_days)),
            behaviour="check_in",
            cost_centre=rules.cost_centre,
            source=source,
            reason=f"补签 {day}",
        )
    return row


def _reward(member: Member, day: date, before: int, after: int, streaks: Mapping[int, int]) -> int:
    """What the joined run reaches for the first time, less what its days have had above their due."""
    whole = before + 1 + after
    reached = sum(extra for days, extra in streaks.items() if max(before, after) < days <= whole)
    done = check_ins.run(member, first=day - timedelta(days=before), last=day + timedelta(days=after))
    return min(reached, check_ins.still_due(done, streaks))


def _days_before(member: Member, day: date) -> int:
    found = CheckIn.find(member=member.id, day=day - timedelta(days=1))
    return found.streak if found else 0


def _days_after(member: Member, day: date) -> int:
    """How many days right after one were done without a gap; there are no more than may be made up."""
    later = CheckIn.select(CheckIn.day).where((CheckIn.member == member) & (CheckIn.day > day))
    done, count = {row.day for row in later}, 0
    while day + timedelta(days=count + 1) in done:
        count += 1
    return count


def _outcome(member: Member, row: CheckIn, *, already: bool) -> Outcome:
    made = MakeUp.find(member=member.id, day=row.day)
    return Outcome(
        already=already,
        day=row.day,
        streak=check_ins.streak(member.customer),
        points=row.points,
        extra=row.extra,
        price=made.price if made else 0,
        balance=points.balance(member),
        left=_left(member, settings.read(MakeUpRules)),
    )
