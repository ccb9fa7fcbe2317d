"""Records of draws (抽奖记录): each draw with the numbers that decided it, for everybody to check."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from store.activities.activities import Activity
from store.core import clock, listing
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.core.listing import Page
from store.customers import member_scope
from store.customers.members import Member
from store.customers.merging import rules as merge_rules
from store.draws import odds

SOURCE_LABELS = {"free": "每日免费", "chance": "获得的次数", "points": "积分兑换"}


class Draw(Model):
    """One draw, which never changes. `number` counts the draws of an activity.

    `prizes_left` are the numbers left before it in the order of the prizes, with commas. `pick` is the random number
    that decided, `place` the place of the prize that it won, or None. `device` is a hash.
    """

    activity = peewee.ForeignKeyField(Activity, index=False)
    number = peewee.IntegerField()
    member = peewee.ForeignKeyField(Member, index=False)
    key = peewee.CharField(max_length=160, unique=True)
    source = peewee.CharField(max_length=10, constraints=[peewee.Check(f"source IN {tuple(SOURCE_LABELS)}")])
    draws_left = peewee.IntegerField(constraints=[peewee.Check("draws_left > 0")])
    prizes_left = peewee.CharField(max_length=100)
    pick = peewee.IntegerField()
    place = peewee.IntegerField(null=True)
    device = peewee.CharField(max_length=32, default="")
    day = DateField()
    at = UtcDateTimeField(default=clock.now)

    class Meta:
        indexes = (
            (("activity", "number"), True),
            (("activity", "member", "day"), False),
            (("activity", "device", "day"), False),
            (("member",), False),
        )
        constraints = [peewee.Check("pick >= 0 AND pick < draws_left")]

    @property
    def left_by_prize(self) -> list[int]:
        return [int(part) for part in self.prizes_left.split(",")]


merge_rules.register_rule(Draw.member)


@dataclass(frozen=True)
class DrawFilter:
    """Which draws of an activity are listed. `won` are those with a prize, or without one.

    `shop_ids` are the shops whose members the caller sees, None for all.
    """

    activity: Activity
    member: Member | None = None
    won: bool | None = None
    shop_ids: frozenset[int] | None = None


def list_page(criteria: DrawFilter, page: Page) -> tuple[list[Draw], int]:
    """Return a page of draws with their members, the latest first, and the number of all."""
    return listing.read_page(
        _select(criteria), page, sorts={"number": Draw.number}, default="-number", id_field=Draw.id,
        rows=Draw.select(Draw, Member).join(Member),
    )  # fmt: skip


def count_draws(criteria: DrawFilter) -> int:
    """Return the number of draws."""
    return int(_select(criteria).count())


def iterate_draws(criteria: DrawFilter) -> Iterator[Draw]:
    """Yield all draws with their members, the latest first, and read them in batches."""
    rows = Draw.select(Draw, Member).join(Member).where(Draw.id.in_(_select(criteria).select(Draw.id)))
    yield from listing.iterate_rows(rows, id_field=Draw.id)


def is_correct(draw: Draw) -> bool:
    """Return whether the prize of a draw follows from its numbers."""
    chosen = odds.choose(draws_left=draw.draws_left, prizes_left=draw.left_by_prize, pick=draw.pick)
    return chosen == draw.place


def _select(criteria: DrawFilter) -> Any:
    query = Draw.select().where(Draw.activity == criteria.activity.id)
    if criteria.member is not None:
        query = query.where(Draw.member == criteria.member.id)
    if criteria.shop_ids is not None:
        query = query.where(Draw.member.in_(member_scope.select_member_ids(criteria.shop_ids)))
    if criteria.won is not None:
        query = query.where(Draw.place.is_null(not criteria.won))
    return query
