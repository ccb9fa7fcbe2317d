"""A tier (等级) of a programme and the member's record of it: one active record a member, always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from store.company import audit, calendar
from store.kernel import clock, db, events, recent, refusals
from store.kernel.fields import Json, Moment
from store.kernel.records import Record
from store.loyalty.validity import NO_END, Lasting, Validity
from store.people import merge_journal, merges
from store.people.members import Member
from store.people.merge_journal import Way
from store.people.programmes import Programme

HIGHEST_RANK = 1000


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
    valid_until = Moment(null=True)
    because = Json(null=True)
    operator = peewee.CharField(max_length=100, null=True)


Tier.add_index(Tier.index(Tier.programme, unique=True, name="tier_one_base").where(peewee.SQL("is_base")))
TierRecord.add_index(
    TierRecord.index(TierRecord.member, unique=True, name="tier_record_active").where(
        peewee.SQL("ended_at IS NULL")
    )
)
# The night run looks for what has ended, and the history shall not stand in its way.
TierRecord.add_index(
    TierRecord.index(TierRecord.valid_until, TierRecord.id, name="tier_record_ending").where(
        peewee.SQL("ended_at IS NULL AND valid_until IS NOT NULL")
    )
)


@dataclass(frozen=True)
class Term:
    """A record in force that has come to the end of its validity, without the rows behind it."""

    record_id: int
    member_id: int
    customer_id: int
    tier: Tier
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Move:
    """What the end of a term comes to: the tier that follows, how that is called, and why."""

    term: Term
    tier: Tier
    kind: str
    because: dict[str, Any]


@db.verb
def add(
    *,
    programme: Programme,
    code: str,
    name: str,
    rank: int | None = None,
    base: bool = False,
    valid: Validity = NO_END,
) -> Tier:
    """Add a tier, above all others where no rank is given; added twice it is the same one."""
    db.queue_for(f"tiers:{programme.id}")
    found = Tier.get_or_none((Tier.programme == programme) & (Tier.code == code))
    if found is not None:
        return found
    if not 1 <= len(code.strip()) <= 30 or not 1 <= len(name.strip()) <= 30:
        raise refusals.invalid("code", "请填写等级的编码和名称，各不超过 30 个字")
    if base and base_of(programme.id) is not None:
        raise refusals.Refused("base_tier_exists", "会员计划已有基础等级", 409)
    if base and valid != NO_END:
        raise refusals.invalid("valid", "基础等级没有有效期")
    rank = _rank(listing(int(programme.id)), rank, base=base)
    audit.record("tiers.add", f"tier:{programme.code}/{code}", after={"name": name, "base": base})
    return Tier.create(programme=programme, code=code, name=name, rank=rank, is_base=base, valid=valid)


def _rank(others: Sequence[Tier], rank: int | None, *, base: bool) -> int:
    """The base lies below all others, and each of them has a rank of its own: else nobody could rise to it."""
    if rank is None:
        rank = 0 if base else max((tier.rank for tier in others), default=0) + 1
    if not 0 <= rank <= HIGHEST_RANK:
        raise refusals.invalid("rank", f"应为 0 到 {HIGHEST_RANK} 的整数")
    for tier in others:
        if rank == tier.rank:
            raise refusals.invalid("rank", f"{tier.name}已是 {rank}，请另选一个数")
        if (base and tier.rank < rank) or (tier.is_base and rank < tier.rank):
            raise refusals.invalid("rank", "基础等级应低于其他等级")
    return rank


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
    return record and _with_rows(record, member)


def of_all(members: Sequence[Member]) -> list[TierRecord]:
    """The records in force of many members, with their members and tiers; a fan has none."""
    rows = {member.id: member for member in members}
    mine = db.among(TierRecord.member, list(rows)) & TierRecord.ended_at.is_null()
    return [_with_rows(record, rows[record.member_id]) for record in TierRecord.select().where(mine)]


def _with_rows(record: TierRecord, member: Member) -> TierRecord:
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
    record = TierRecord.create(
        member=active.member_id,
        tier=tier,
        kind=kind,
        started_at=at,
        valid_until=_last_moment(tier, at),
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


def move_on(moves: Sequence[Move]) -> None:
    """End many records at the moment until which they were valid and begin the next ones there.

    The caller holds the members' locks. What `move` does one by one, in a few statements.
    """
    ending = [move.term.record_id for move in moves]
    TierRecord.update(ended_at=TierRecord.valid_until).where(db.among(TierRecord.id, ending)).execute()
    TierRecord.create_all([_begun(move) for move in moves])
    for kind in KINDS:
        told = [
            {
                "customer_id": move.term.customer_id,
                "member_id": move.term.member_id,
                "properties": {"before": move.term.tier.code, "after": move.tier.code},
            }
            for move in moves
            if move.kind == kind
        ]
        events.record_many(f"tiers.{kind}", told)


def _begun(move: Move) -> dict[str, Any]:
    at = move.term.until
    return {
        "member": move.term.member_id, "tier": move.tier.id, "kind": move.kind, "started_at": at,
        "valid_until": _last_moment(move.tier, at), "because": move.because,
    }  # fmt: skip


def _last_moment(tier: Tier, at: datetime) -> datetime | None:
    last_day = tier.valid.last_day(calendar.day_of(at))
    return calendar.end_of(last_day) if last_day else None


@recent.remembered(seconds=5)
def _tiers() -> dict[int, Tier]:
    """Tiers are added and never changed, so those that are here are right."""
    return {tier.id: tier for tier in Tier.select()}


def _higher_stays(field: peewee.Field, way: Way) -> int:
    """History moves whole; of two records in force the better goes on."""
    for lower in _in_force(way.loser, way.survivor)[1:]:
        merge_journal.change(way, lower, ended_at=clock.now())
    return merge_journal.move(way, field, remember=("ended_at",))


def _part_records(field: peewee.Field, way: Way) -> None:
    """Both have the record in force again that they had.

    Where the survivor's tier has moved on since, by what both had gathered, the better of the old and the
    new one stays: an undo takes no tier away. A fan has none again.
    """
    merge_journal.put_back(field, way)
    ended = [step.row_id for step in merge_journal.steps(way, TierRecord) if "member" not in step.before]
    theirs = {step.row_id: step.before["ended_at"] for step in merge_journal.moved(way, field)}
    for row_id, ended_at in theirs.items():
        if ended_at is None or row_id in ended:
            TierRecord.update(ended_at=None).where(TierRecord.id == row_id).execute()
    own = TierRecord.of_ids([row_id for row_id in ended if row_id not in theirs])
    now = _in_force(way.survivor)
    if Member.get_by_id(way.survivor).joined_at is None or (own and now and _worth(own[0]) > _worth(now[0])):
        for record in now:
            record.put(ended_at=max(clock.now(), record.started_at))
        now = []
    if own and not now:
        own[0].put(ended_at=None)


def _in_force(*member_ids: int) -> list[TierRecord]:
    """The records in force of some members, the best first, the older on a tie."""
    active = TierRecord.member.in_(member_ids) & TierRecord.ended_at.is_null()
    query = TierRecord.select(TierRecord, Tier).join(Tier).where(active).order_by(TierRecord.id)
    return sorted(query, key=_worth, reverse=True)


def _worth(record: TierRecord) -> tuple[int, bool, datetime]:
    """The higher tier is the better, and of one tier what lasts longest; what has no end lasts for ever."""
    return record.tier.rank, record.valid_until is None, record.valid_until or record.started_at


merges.carries(TierRecord.member, _higher_stays, back=_part_records)
