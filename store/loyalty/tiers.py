"""A tier (等级) of a programme and the member's record of it: one active record a member, always."""

from datetime import datetime
from typing import Any

import peewee

from store.company import audit, calendar
from store.kernel import clock, db, events, recent, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.loyalty.validity import NO_END, Lasting, Validity
from store.people import merges
from store.people.members import Member
from store.people.programmes import Programme


class Tier(Record):
    """`rank` orders the tiers; exactly one of a programme is its base, which has no end."""

    programme = peewee.ForeignKeyField(Programme, backref="tiers")
    code = peewee.CharField(max_length=30)
    name = peewee.CharField(max_length=30)
    rank = peewee.IntegerField(default=0)
    is_base = peewee.BooleanField(default=False)
    valid = Lasting(default=Validity)

    class Meta:
        indexes = ((("programme", "code"), True),)


KINDS = ("joined", "upgraded", "retained", "downgraded")


class TierRecord(Record):
    """A stretch of time at a tier; `ended_at` is empty for the one in force.

    `because` explains the judgement behind it: rule, window, what was gathered, what was needed.
    `operator` is empty where the rules decided.
    """

    member = peewee.ForeignKeyField(Member, backref="tier_records")
    tier = peewee.ForeignKeyField(Tier)
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {KINDS}")])
    started_at = Moment(default=clock.now)
    ended_at = Moment(null=True)
    valid_until = Moment(null=True, index=True)
    because = Json(null=True)
    operator = peewee.CharField(max_length=100, null=True)


Tier.add_index(Tier.index(Tier.programme, unique=True, name="tier_one_base").where(peewee.SQL("is_base")))
TierRecord.add_index(
    TierRecord.index(TierRecord.member, unique=True, name="tier_record_active").where(
        peewee.SQL("ended_at IS NULL")
    )
)


@db.verb
def add(
    *,
    programme: Programme,
    code: str,
    name: str,
    rank: int = 0,
    base: bool = False,
    valid: Validity = NO_END,
) -> Tier:
    """Add a tier; added twice it is the same one."""
    found = Tier.get_or_none((Tier.programme == programme) & (Tier.code == code))
    if found is not None:
        return found
    if base and base_of(programme.id) is not None:
        raise refusals.Refused("base_tier_exists", "会员计划已有基础等级", 409)
    if base and valid != NO_END:
        raise refusals.invalid("valid", "基础等级没有有效期")
    audit.record("tiers.add", f"tier:{programme.code}/{code}", after={"name": name, "base": base})
    return Tier.create(programme=programme, code=code, name=name, rank=rank, is_base=base, valid=valid)


def start_at_base(member: Member) -> TierRecord:
    """Give a member without a tier the base tier; the caller holds the member's lock."""
    active = of(member)
    if active is not None:
        return active
    base = base_of(member.programme_id)
    if base is None:
        raise refusals.Refused("no_base_tier", "会员计划尚未设置基础等级", 409)
    return TierRecord.create(member=member, tier=base, kind="joined")


def listing(programme_id: int) -> list[Tier]:
    """The tiers of a programme, the highest first."""
    return list(
        Tier.select().where(Tier.programme == programme_id).order_by(Tier.rank.desc(), Tier.id.desc())
    )


def base_of(programme_id: int) -> Tier | None:
    """The tier at which members of a programme begin."""
    return Tier.get_or_none((Tier.programme == programme_id) & Tier.is_base)


def of(member: Member) -> TierRecord | None:
    """The record in force, with its tier; None for a fan."""
    record = TierRecord.find(member=member.id, ended_at=None)
    if record is not None:
        record.member, record.tier = member, _tiers().get(record.tier_id) or Tier.get_by_id(record.tier_id)
    return record


def history(member: Member) -> list[TierRecord]:
    """All records of a member with their tiers, the latest first."""
    query = TierRecord.select(TierRecord, Tier).join(Tier).where(TierRecord.member == member)
    return list(query.order_by(TierRecord.started_at.desc(), TierRecord.id.desc()))


def move(
    active: TierRecord,
    tier: Tier,
    *,
    kind: str,
    because: dict[str, Any],
    at: datetime,
    operator: str | None = None,
) -> TierRecord:
    """End the record in force and begin another at the same moment; the caller holds the member's lock."""
    active.put(ended_at=at)
    last_day = tier.valid.last_day(calendar.day_of(at))
    record = TierRecord.create(
        member=active.member_id,
        tier=tier,
        kind=kind,
        started_at=at,
        valid_until=calendar.end_of(last_day) if last_day else None,
        because=because,
        operator=operator,
    )
    events.record(
        f"tiers.{kind}",
        customer_id=active.member.customer_id,
        member_id=active.member_id,
        before=active.tier.code,
        after=tier.code,
    )
    return record


@recent.remembered(seconds=5)
def _tiers() -> dict[int, Tier]:
    """Tiers are added and never changed, so those that are here are right."""
    return {tier.id: tier for tier in Tier.select()}


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
