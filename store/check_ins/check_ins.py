"""Check-ins (签到): once per business day, with points, and extra points at streaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

import peewee
from pydantic import Field, ValidationInfo, field_validator

from store.check_ins import streak_rewards
from store.core import clock, events, listing
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.customers import members
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.merging import journal as merge_journal
from store.customers.merging import rules as merge_rules
from store.customers.merging.journal import MergeContext
from store.points import merging as point_merging  # its rule comes first: entries are moved, then taken back
from store.points import points
from store.tenants import business_days, settings
from store.tenants.cost_centres import CostCentreCode


class CheckInSettings(settings.SettingsGroup, name="check_in"):
    """`streaks` maps a number of days in a row to the extra points of that day; `cost_centre` pays.

    The rewards repeat: after the longest of these days the count begins anew. Rewards under which missed days earn
    more than none are rejected.
    """

    points: int = Field(default=5, ge=0, le=10_000)
    streaks: dict[Annotated[int, Field(ge=1, le=3650)], Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default={3: 5, 7: 15, 15: 40, 30: 100}, max_length=50
    )
    valid_days: int = Field(default=365, ge=1, le=3650)
    cost_centre: CostCentreCode = None

    @field_validator("streaks")
    @classmethod
    def _validate_gaps(cls, streaks: dict[int, int], info: ValidationInfo) -> dict[int, int]:
        example = streak_rewards.describe_profitable_gap(streaks, info.data.get("points", 0))
        if example is not None:
            raise ValueError(f"漏签不能比天天签到得分多：{example}")
        return streaks


class CheckIn(Model):
    """One member's check-in of one day; `streak` counts the days in a row up to it."""

    member = peewee.ForeignKeyField(Member, backref="check_ins", index=False)
    day = DateField()
    at = UtcDateTimeField(default=clock.now)
    streak = peewee.IntegerField()
    points = peewee.IntegerField()
    extra = peewee.IntegerField(default=0)
    source = peewee.CharField(max_length=30)

    class Meta:
        indexes = ((("member", "day"), True), (("day",), False))


@dataclass(frozen=True)
class CheckInResult:
    """The result of a check-in: `already_done` on a repeat, the points of today and the balance after it."""

    already_done: bool
    streak: int
    points: int
    extra: int
    balance: int
    next_streak: int | None
    next_extra: int | None


@db.transactional
def check_in(*, customer: Customer, source: str, channel_id: int | None = None) -> CheckInResult:
    """Check a customer in for the current business day. Idempotent per day."""
    member = members.lock_for(customer)
    rules = settings.read(CheckInSettings)
    day = business_days.today()
    found = CheckIn.find(member=member.id, day=day)
    if found is not None:
        return _to_result(found, rules, already_done=True, balance=points.balance(member))
    streak = _streak_before(member, day) + 1
    extra = _extra_points(member, day, streak, rules.streaks)
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
            expires_at=business_days.end_of(day + timedelta(days=rules.valid_days)),
            behaviour="check_in",
            cost_centre=rules.cost_centre,
            source=source,
            reason=f"签到第 {streak} 天",
        )
    events.record(
        "check_ins.created",
        customer_id=member.customer_id,
        member_id=member.id,
        channel_id=channel_id,
        streak=streak,
        points=row.points,
        source=source,
    )
    balance = entry.account.available if entry else points.balance(member)
    return _to_result(row, rules, already_done=False, balance=balance)


def find_today(customer: Customer) -> CheckIn | None:
    """Return today's check-in, or None."""
    return CheckIn.find(member=members.get_or_create(customer).id, day=business_days.today())


def current_streak(customer: Customer) -> int:
    """Return the days in a row up to today, or up to yesterday while today has no check-in."""
    member, day = members.get_or_create(customer), business_days.today()
    done = CheckIn.find(member=member.id, day=day)
    return done.streak if done else _streak_before(member, day)


def list_month(customer: Customer, first_day: date) -> list[CheckIn]:
    """Return the check-ins of the month that begins with `first_day`, by day."""
    member = members.get_or_create(customer)
    until = (first_day.replace(day=28) + timedelta(days=4)).replace(day=1)
    within = (CheckIn.day >= first_day.replace(day=1)) & (CheckIn.day < until)
    return list(CheckIn.select().where((CheckIn.member == member) & within).order_by(CheckIn.day))


def list_page(member: Member, page: Page) -> tuple[list[CheckIn], int]:
    """Return a page of a member's check-ins, the latest day first, and how many there are."""
    query, sorts = CheckIn.select().where(CheckIn.member == member.id), {"day": CheckIn.day}
    return listing.read_page(query, page, sorts=sorts, default="-day", id_field=CheckIn.id)


def list_between(member: Member, *, first: date, last: date) -> list[CheckIn]:
    """Return the check-ins from one day to another."""
    return list(CheckIn.select().where((CheckIn.member == member) & CheckIn.day.between(first, last)))


def outstanding_reward(rows: Sequence[CheckIn], streaks: Mapping[int, int]) -> int:
    """Return the points that a run of days earns in total, less what its days have earned."""
    due = streak_rewards.total_reward(len(rows) + 1, streaks)
    return max(due - sum(row.extra for row in rows), 0)


def _extra_points(member: Member, day: date, streak: int, streaks: Mapping[int, int]) -> int:
    """Return the extra points of a day; a run with a made-up day earns at most its outstanding reward."""
    extra = streak_rewards.reward_of_day(streak, streaks)
    if not extra or streak == 1:
        return extra
    done = list_between(member, first=day - timedelta(days=streak - 1), last=day - timedelta(days=1))
    filled = any(business_days.day_of(row.at) > row.day for row in done)
    return min(extra, outstanding_reward(done, streaks)) if filled else extra


def _streak_before(member: Member, day: date) -> int:
    found = CheckIn.find(member=member.id, day=day - timedelta(days=1))
    return found.streak if found else 0


def _to_result(row: CheckIn, rules: CheckInSettings, *, already_done: bool, balance: int) -> CheckInResult:
    ahead = streak_rewards.find_next(row.streak, rules.streaks)
    return CheckInResult(
        already_done=already_done,
        streak=row.streak,
        points=row.points,
        extra=row.extra,
        balance=balance,
        next_streak=ahead[0] if ahead else None,
        next_extra=ahead[1] if ahead else None,
    )


def _merge_days(field: peewee.Field, context: MergeContext) -> int:
    """Keep one row per day, take back the unspent points of the second ones and recompute the streaks."""
    days = {row.day for row in CheckIn.select(CheckIn.day).where(field == context.survivor_id)}
    twice = {
        row.day for row in CheckIn.select(CheckIn.day).where(field == context.duplicate_id) if row.day in days
    }
    touched = merge_rules.move_or_drop_duplicates("day")(field, context)
    if twice:
        _take_back_points(context, twice)
    if touched:
        _recompute_streaks(context.survivor_id)
    return touched


def _take_back_points(context: MergeContext, days: set[date]) -> None:
    """Take back the points of the duplicate's check-ins of some days. Their keys end with the day."""
    for entry in point_merging.list_merged_entries(context, "check_in"):
        day = date.fromisoformat(entry.key.rpartition(":")[2])
        if day in days:
            point_merging.take_back(context, entry, reason=f"{day} 重复签到，合并会员时扣回")


def _undo_merge_days(field: peewee.Field, context: MergeContext) -> None:
    """Return each member's own days; the survivor also keeps the days since the merge."""
    merge_journal.undo_move(field, context)
    for member_id in (context.duplicate_id, context.survivor_id):
        _recompute_streaks(member_id)


def _recompute_streaks(member_id: int) -> None:
    previous: CheckIn | None = None
    for row in CheckIn.select().where(CheckIn.member == member_id).order_by(CheckIn.day):
        follows = previous is not None and previous.day == row.day - timedelta(days=1)
        row.update_fields(streak=previous.streak + 1 if previous is not None and follows else 1)
        previous = row


merge_rules.register_rule(CheckIn.member, _merge_days, undo=_undo_merge_days)
