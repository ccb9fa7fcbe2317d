"""A tier (等级) of a programme and the member's record of it: one active record a member, always."""

import peewee

from store.company import audit
from store.kernel import clock, db, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.people import merges
from store.people.members import Member
from store.people.programmes import Programme


class Tier(Record):
    """`rank` orders the tiers; exactly one of a programme is its base."""

    programme = peewee.ForeignKeyField(Programme, backref="tiers")
    code = peewee.CharField(max_length=30)
    name = peewee.CharField(max_length=30)
    rank = peewee.IntegerField(default=0)
    is_base = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("programme", "code"), True),)


class TierRecord(Record):
    """A stretch of time at a tier; `ended_at` is empty for the one in force."""

    member = peewee.ForeignKeyField(Member, backref="tier_records")
    tier = peewee.ForeignKeyField(Tier)
    kind = peewee.CharField(max_length=20)
    started_at = Moment(default=clock.now)
    ended_at = Moment(null=True)
    valid_until = Moment(null=True)


Tier.add_index(Tier.index(Tier.programme, unique=True, name="tier_one_base").where(peewee.SQL("is_base")))
TierRecord.add_index(
    TierRecord.index(TierRecord.member, unique=True, name="tier_record_active").where(
        peewee.SQL("ended_at IS NULL")
    )
)


@db.verb
def add(*, programme: Programme, code: str, name: str, rank: int = 0, base: bool = False) -> Tier:
    """Add a tier; added twice it is the same one."""
    found = Tier.get_or_none((Tier.programme == programme) & (Tier.code == code))
    if found is not None:
        return found
    if base and base_of(programme.id) is not None:
        raise refusals.Refused("base_tier_exists", "会员计划已有基础等级", 409)
    audit.record("tiers.add", f"tier:{programme.code}/{code}", after={"name": name, "base": base})
    return Tier.create(programme=programme, code=code, name=name, rank=rank, is_base=base)


def start_at_base(member: Member) -> TierRecord:
    """Give a member without a tier the base tier; the caller holds the member's lock."""
    active = of(member)
    if active is not None:
        return active
    base = base_of(member.programme_id)
    if base is None:
        raise refusals.Refused("no_base_tier", "会员计划尚未设置基础等级", 409)
    return TierRecord.create(member=member, tier=base, kind="joined")


def base_of(programme_id: int) -> Tier | None:
    """The tier at which members of a programme begin."""
    return Tier.get_or_none((Tier.programme == programme_id) & Tier.is_base)


def of(member: Member) -> TierRecord | None:
    """The record in force; None for a fan."""
    return (
        TierRecord.select(TierRecord, Tier)
        .join(Tier)
        .where((TierRecord.member == member) & TierRecord.ended_at.is_null())
        .first()
    )


def _higher_stays(field: peewee.Field, loser_id: int, survivor_id: int) -> int:
    """History moves whole; of two records in force the higher tier's goes on."""
    active = list(
        TierRecord.select(TierRecord, Tier)
        .join(Tier)
        .where(field.in_([loser_id, survivor_id]) & TierRecord.ended_at.is_null())
        .order_by(Tier.rank.desc(), TierRecord.id)
    )
    for lower in active[1:]:
        lower.ended_at = clock.now()
        lower.save()
    return merges.moved(field, loser_id, survivor_id)


merges.carries(TierRecord.member, _higher_stays)
