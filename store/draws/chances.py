"""Chances to draw (抽奖次数): free ones of each day, granted ones, and those that points pay for.

Granted chances are a ledger. How many are left is computed from it and the draws that used them.
"""

from dataclasses import dataclass
from datetime import date

import peewee

from store.activities.activities import Activity
from store.core import clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.customers import members
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.draws.draw_records import Draw
from store.tenants import business_days

LABELS = {
    "scan": "到店扫码", "purchase": "消费", "share": "好友打开分享", "follow": "关注", "reply": "公众号回复",
}  # fmt: skip


class ChanceGrant(Model):
    """Chances of a member in an activity; unique by `key`."""

    activity = peewee.ForeignKeyField(Activity, index=False)
    member = peewee.ForeignKeyField(Member, index=False)
    source = peewee.CharField(max_length=10, constraints=[peewee.Check(f"source IN {tuple(LABELS)}")])
    quantity = peewee.IntegerField(constraints=[peewee.Check("quantity > 0")])
    key = peewee.CharField(max_length=100, unique=True)
    day = DateField()
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = ((("activity", "member"), False), (("member",), False))


merge_rules.register_rule(ChanceGrant.member)


@dataclass(frozen=True)
class Chances:
    """How often a member may still draw, and by what. `left` is the number of draws that are open now.

    `left_in_all` is None without a limit.
    """

    free: int
    granted: int
    by_points: int
    points_price: int
    left_today: int
    left_in_all: int | None

    @property
    def left(self) -> int:
        most = self.left_today if self.left_in_all is None else min(self.left_today, self.left_in_all)
        return min(self.free + self.granted, most)

    @property
    def left_by_points(self) -> int:
        most = self.left_today if self.left_in_all is None else min(self.left_today, self.left_in_all)
        return min(self.by_points, most)


@db.transactional
def grant(*, activity: Activity, member: Member, source: str, quantity: int, key: str) -> ChanceGrant:
    """Grant chances to a member. Idempotent by `key`."""
    input_limits.check_key(key)
    input_limits.check_number(quantity, field="quantity", minimum=1, maximum=100)
    owner = members.lock(member.id)
    found = _find_existing(key)
    if found is not None:
        return found
    return ChanceGrant.create(
        activity=activity, member=owner, source=source, quantity=quantity, key=key, day=business_days.today()
    )


def count(activity: Activity, member: Member) -> Chances:
    """Return how often a member may still draw in an activity."""
    content, today = activity.content, business_days.today()
    used = _count_draws(activity, member, today)
    grants = ChanceGrant.find_all(activity=activity.id, member=member.id)
    in_all = content.draws_per_member
    return Chances(
        free=max(content.free_per_day - used["free"], 0),
        granted=max(sum(row.quantity for row in grants) - used["chance"], 0),
        by_points=max(content.points_draws_per_day - used["points"], 0) if content.points_price else 0,
        points_price=content.points_price,
        left_today=max(content.draws_per_day - used["today"], 0),
        left_in_all=None if in_all is None else max(in_all - used["all"], 0),
    )


def choose_source(chances: Chances, *, with_points: bool) -> str:
    """Return what the next draw uses. Raises DomainError(draw_limit, no_chances)."""
    if chances.left_in_all == 0:
        raise errors.DomainError("draw_limit", "您在本活动的抽奖次数已达上限", 409)
    if chances.left_today == 0:
        raise errors.DomainError("draw_limit", "您今天的抽奖次数已达上限，明天再来吧", 409)
    if with_points:
        if not chances.by_points:
            raise errors.DomainError("no_chances", "今天不能再用积分抽奖了", 409)
        return "points"
    if chances.free:
        return "free"
    if chances.granted:
        return "chance"
    raise errors.DomainError("no_chances", "您还没有抽奖次数", 409)


def count_granted_on(activity: Activity, member: Member, source: str, day: date) -> int:
    """Return how many grants of a source a member got on a day."""
    return sum(
        row.day == day for row in ChanceGrant.find_all(activity=activity.id, member=member.id, source=source)
    )


def _find_existing(key: str) -> ChanceGrant | None:
    """Return the grant of a key, or None."""
    return ChanceGrant.find(key=key)


def _count_draws(activity: Activity, member: Member, today: date) -> dict[str, int]:
    """Return the member's draws: free ones and those by points of today, chances used, of today and in all."""
    found = [(row.day == today, row.source) for row in Draw.find_all(activity=activity.id, member=member.id)]
    return {
        "free": found.count((True, "free")),
        "points": found.count((True, "points")),
        "chance": sum(source == "chance" for _, source in found),
        "today": sum(is_today for is_today, _ in found),
        "all": len(found),
    }
