"""Make-up check-ins (补签): a missed day filled later, within the tenant's limits.

Streaks are recomputed with the filled day. A streak that the joined run reaches for the first time is rewarded,
but the run never earns more than the same days checked in one by one. So leaving days out on purpose gains nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import peewee
from pydantic import Field

from store.check_ins import check_ins, streak_rewards
from store.check_ins.check_ins import CheckIn, CheckInSettings
from store.core import clock, errors, events
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.points import points
from store.tenants import business_days, settings


class MakeUpSettings(settings.SettingsGroup, name="make_up"):
    """Off by default; `price` is in points, `max_per_month` counts by when they were made."""

    enabled: bool = False
    days_back: int = Field(default=7, ge=1, le=31)
    max_per_month: int = Field(default=3, ge=1, le=31)
    price: int = Field(default=0, ge=0, le=10_000)


class MakeUp(Model):
    """Which missed day a member filled, when, and for how many points."""

    member = peewee.ForeignKeyField(Member, index=False)
    day = DateField()
    price = peewee.IntegerField(constraints=[peewee.Check("price >= 0")])
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("member", "day"), True),)


merge_rules.register_rule(MakeUp.member, merge_rules.move_or_drop_duplicates("day"))


@dataclass(frozen=True)
class AvailableMakeUps:
    """The missed days that can be filled now, how many remain this month, and the price of each."""

    days: list[date]
    remaining: int
    price: int


@dataclass(frozen=True)
class MakeUpResult:
    """The result of a make-up: `already_done` on a repeat; `streak` is that of today."""

    already_done: bool
    day: date
    streak: int
    points: int
    extra: int
    price: int
    balance: int
    remaining: int


@db.transactional
def make_up(*, customer: Customer, day: date, source: str, channel_id: int | None = None) -> MakeUpResult:
    """Fill a missed day and pay for it with points. Idempotent per day."""
    member = members.lock(members.get_or_create(customer).id)
    rules = settings.read(MakeUpSettings)
    found = CheckIn.find(member=member.id, day=day)
    if found is not None:
        return _to_result(member, found, already_done=True)
    _ensure_allowed(member, day, rules)
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
    row = _insert_day(member, day, source)
    events.record(
        "make_ups.created",
        customer_id=member.customer_id,
        member_id=member.id,
        channel_id=channel_id,
        day=day.isoformat(),
        points=row.points,
        price=rules.price,
        source=source,
    )
    return _to_result(member, row, already_done=False)


def find_available(customer: Customer) -> AvailableMakeUps | None:
    """Return what a customer can fill now, or None if the tenant does not allow it."""
    member, rules = members.get_or_create(customer), settings.read(MakeUpSettings)
    if not rules.enabled:
        return None
    left, today = _remaining(member, rules), business_days.today()
    within = (CheckIn.day >= today - timedelta(days=rules.days_back)) & (CheckIn.day < today)
    done = {row.day for row in CheckIn.select(CheckIn.day).where((CheckIn.member == member) & within)}
    back = [today - timedelta(days=number) for number in range(rules.days_back, 0, -1)]
    missed = [day for day in back if day not in done and day >= _first_day(member)]
    return AvailableMakeUps(days=missed if left else [], remaining=left, price=rules.price)


def _ensure_allowed(member: Member, day: date, rules: MakeUpSettings) -> None:
    """Check the limits of the month. Requires the member's lock."""
    today = business_days.today()
    if not rules.enabled:
        raise errors.DomainError("make_ups_off", "暂不支持补签", 409)
    if day >= today:
        raise errors.invalid("day", "只能补签今天以前的日期")
    if day < today - timedelta(days=rules.days_back):
        raise errors.invalid("day", f"只能补签最近 {rules.days_back} 天")
    if day < _first_day(member):
        raise errors.invalid("day", "那时您还没有来过")
    if not _remaining(member, rules):
        raise errors.DomainError(
            "make_up_limit",
            f"每月可补签 {rules.max_per_month} 次，本月已用完",
            409,
            limit=rules.max_per_month,
        )


def _first_day(member: Member) -> date:
    return business_days.day_of(member.customer.created_at)


def _remaining(member: Member, rules: MakeUpSettings) -> int:
    since = business_days.start_of(business_days.today().replace(day=1))
    made = MakeUp.select().where((MakeUp.member == member) & (MakeUp.at >= since)).count()
    return max(rules.max_per_month - made, 0)


def _insert_day(member: Member, day: date, source: str) -> CheckIn:
    """Insert the day with its points and recompute the streaks of the following days."""
    rules = settings.read(CheckInSettings)
    before, after = _run_before(member, day), _run_after(member, day)
    extra = _extra_points(member, day, before, after, rules.streaks)
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
            expires_at=business_days.end_of(business_days.today() + timedelta(days=rules.valid_days)),
            behaviour="check_in",
            cost_centre=rules.cost_centre,
            source=source,
            reason=f"补签 {day}",
        )
    return row


def _extra_points(
    member: Member, day: date, days_before: int, days_after: int, streaks: Mapping[int, int]
) -> int:
    """Return the reward of the streak that the joined run reaches first, less what its days earned above it."""
    whole = days_before + 1 + days_after
    reached = streak_rewards.total_reward(whole, streaks)
    reached -= streak_rewards.total_reward(max(days_before, days_after), streaks)
    done = check_ins.list_between(
        member, first=day - timedelta(days=days_before), last=day + timedelta(days=days_after)
    )
    return min(reached, check_ins.outstanding_reward(done, streaks))


def _run_before(member: Member, day: date) -> int:
    found = CheckIn.find(member=member.id, day=day - timedelta(days=1))
    return found.streak if found else 0


def _run_after(member: Member, day: date) -> int:
    """Return how many days directly after a day have a check-in, up to the limit of make-ups."""
    later = CheckIn.select(CheckIn.day).where((CheckIn.member == member) & (CheckIn.day > day))
    done, count = {row.day for row in later}, 0
    while day + timedelta(days=count + 1) in done:
        count += 1
    return count


def _to_result(member: Member, row: CheckIn, *, already_done: bool) -> MakeUpResult:
    made = MakeUp.find(member=member.id, day=row.day)
    return MakeUpResult(
        already_done=already_done,
        day=row.day,
        streak=check_ins.current_streak(member.customer),
        points=row.points,
        extra=row.extra,
        price=made.price if made else 0,
        balance=points.balance(member),
        remaining=_remaining(member, settings.read(MakeUpSettings)),
    )
