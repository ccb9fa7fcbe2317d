"""Tiers (等级) of a programme and the members' tier records: one active record per member, always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from store.core import cache, clock, errors, events, input_limits, keyset
from store.core.database import db
from store.core.database.fields import JsonField, UtcDateTimeField
from store.core.database.models import Model
from store.core.keyset import Position
from store.customers.members import Member
from store.customers.programmes import Programme
from store.member_cards import pack_cards
from store.tenants import audit, business_days
from store.tiers.validity import UNLIMITED, Validity, ValidityField

MAX_RANK = 1000


class Tier(Model):
    """`rank` orders the tiers; exactly one of a programme is its base tier, which has no end.

    `discount_percent` is taken off list prices (等级折扣): 5 is 9.5 折.
    """

    programme = peewee.ForeignKeyField(Programme, backref="tiers")
    code = peewee.CharField(max_length=30)
    name = peewee.CharField(max_length=30)
    rank = peewee.IntegerField(default=0)
    is_base = peewee.BooleanField(default=False)
    validity = ValidityField(default=Validity)
    discount_percent = peewee.IntegerField(
        default=0, constraints=[peewee.Check("discount_percent BETWEEN 0 AND 100")]
    )

    class Meta:
        indexes = ((("programme", "code"), True),)


KINDS = ("joined", "upgraded", "retained", "downgraded")


class TierRecord(Model):
    """A period of a member in a tier; `ended_at` is empty for the active one.

    `explanation` holds the rule, the window, the total and what was needed. `operator` is empty for automatic changes.
    `cause_order` or `cause_entry` names the order or point entry that brought an upgrade: it counts for keeping the
    tier, although it is older than the record.
    """

    member = peewee.ForeignKeyField(Member, backref="tier_records")
    tier = peewee.ForeignKeyField(Tier)
    kind = peewee.CharField(max_length=20, constraints=[peewee.Check(f"kind IN {KINDS}")])
    started_at = UtcDateTimeField(default=clock.now)
    ended_at = UtcDateTimeField(null=True)
    valid_until = UtcDateTimeField(null=True)
    explanation = JsonField(null=True)
    operator = peewee.CharField(max_length=100, null=True)
    cause_order = peewee.CharField(max_length=64, null=True)
    cause_entry = peewee.BigIntegerField(null=True)


@dataclass(frozen=True)
class UpgradeCause:
    """The order or the point entry after which a tier is evaluated."""

    order_number: str | None = None
    entry_id: int | None = None


Tier.add_index(Tier.index(Tier.programme, unique=True, name="tier_one_base").where(peewee.SQL("is_base")))
TierRecord.add_index(
    TierRecord.index(TierRecord.member, unique=True, name="tier_record_active").where(
        peewee.SQL("ended_at IS NULL")
    )
)
# The daily close selects records that have ended. Without the condition it would read the whole history.
TierRecord.add_index(
    TierRecord.index(TierRecord.valid_until, TierRecord.id, name="tier_record_ending").where(
        peewee.SQL("ended_at IS NULL AND valid_until IS NOT NULL")
    )
)


@dataclass(frozen=True)
class EndingRecord:
    """An active record at the end of its validity, without the rows that it refers to."""

    record_id: int
    member_id: int
    customer_id: int
    tier: Tier
    started_at: datetime
    valid_until: datetime


@dataclass(frozen=True)
class TierTransition:
    """What follows an ending record: the next tier, the kind of change, and the explanation."""

    ending_record: EndingRecord
    tier: Tier
    kind: str
    explanation: dict[str, Any]


@db.transactional
def add(
    *,
    programme: Programme,
    code: str,
    name: str,
    rank: int | None = None,
    is_base: bool = False,
    validity: Validity = UNLIMITED,
    discount_percent: int = 0,
) -> Tier:
    """Add a tier, above all others without `rank`. Idempotent by code."""
    db.advisory_lock(f"tiers:{programme.id}")
    found = Tier.get_or_none((Tier.programme == programme) & (Tier.code == code))
    if found is not None:
        errors.ensure_equal(
            f"等级 {code} ", ("name", "名称", found.name, name),
            ("rank", "次序", found.rank, found.rank if rank is None else rank),
            ("is_base", "基础等级", "是" if found.is_base else "否", "是" if is_base else "否"),
            ("validity", "有效期", found.validity.label, validity.label),
            ("discount_percent", "折扣", found.discount_percent, discount_percent),
        )  # fmt: skip
        return found
    if not 1 <= len(code.strip()) <= 30 or not 1 <= len(name.strip()) <= 30:
        raise errors.invalid("code", "请填写等级的编码和名称，各不超过 30 个字")
    input_limits.check_number(discount_percent, field="discount_percent", minimum=0, maximum=100)
    if is_base and find_base_tier(programme.id) is not None:
        raise errors.DomainError("base_tier_exists", "会员计划已有基础等级", 409)
    if is_base and validity != UNLIMITED:
        raise errors.invalid("validity", "基础等级没有有效期")
    rank = resolve_rank(list_tiers(int(programme.id)), rank, is_base=is_base)
    audit.record(
        "tiers.add",
        f"tier:{programme.code}/{code}",
        after={"name": name, "base": is_base, "discount_percent": discount_percent},
    )
    return Tier.create(
        programme=programme, code=code, name=name, rank=rank, is_base=is_base, validity=validity,
        discount_percent=discount_percent,
    )  # fmt: skip


def resolve_rank(existing_tiers: Sequence[Tier], rank: int | None, *, is_base: bool) -> int:
    """Return a unique rank above the base tier: of two tiers with one rank no member could rise to either."""
    if rank is None:
        rank = 0 if is_base else max((tier.rank for tier in existing_tiers), default=0) + 1
    input_limits.check_number(rank, field="rank", minimum=0, maximum=MAX_RANK)
    for tier in existing_tiers:
        if rank == tier.rank:
            raise errors.invalid("rank", f"{tier.name}已是 {rank}，请另选一个数")
        if (is_base and tier.rank < rank) or (tier.is_base and rank < tier.rank):
            raise errors.invalid("rank", "基础等级应低于其他等级")
    return rank


def assign_base_tier(member: Member) -> TierRecord:
    """Assign the base tier to a member without a tier. Requires the member's lock."""
    active = find_active(member)
    if active is not None:
        return active
    base = find_base_tier(member.programme_id)
    if base is None:
        raise errors.DomainError("no_base_tier", "会员计划尚未设置基础等级", 409)
    pack_cards.mark_changed([member.id])
    return TierRecord.create(member=member, tier=base, kind="joined")


def list_tiers(programme_id: int) -> list[Tier]:
    """Return the tiers of a programme, the highest first."""
    return list(
        Tier.select().where(Tier.programme == programme_id).order_by(Tier.rank.desc(), Tier.id.desc())
    )


def find_base_tier(programme_id: int) -> Tier | None:
    """Return the tier at which members of a programme begin, or None."""
    return Tier.get_or_none((Tier.programme == programme_id) & Tier.is_base)


def find_active(member: Member) -> TierRecord | None:
    """Return the active record with its tier, or None for a follower."""
    record = TierRecord.find(member=member.id, ended_at=None)
    return record and _with_relations(record, member)


def list_active(members: Sequence[Member]) -> list[TierRecord]:
    """Return the active records of many members, with their members and tiers. Followers have none."""
    rows = {member.id: member for member in members}
    mine = db.in_ids(TierRecord.member, list(rows)) & TierRecord.ended_at.is_null()
    return [_with_relations(record, rows[record.member_id]) for record in TierRecord.select().where(mine)]


def _with_relations(record: TierRecord, member: Member) -> TierRecord:
    record.member, record.tier = member, _tiers_by_id().get(record.tier_id) or Tier.get_by_id(record.tier_id)
    return record


_LATEST_FIRST: keyset.Keys = ((TierRecord.started_at, True), (TierRecord.id, True))


def list_history(member: Member) -> list[TierRecord]:
    """Return all records of a member with their tiers, the latest first."""
    return list(_select_history(member).order_by(*keyset.order_by(_LATEST_FIRST)))


def list_history_page(
    member: Member, *, page: int = 1, page_size: int = 20, after: Position | None = None
) -> tuple[list[TierRecord], int]:
    """Return one page of the records of a member, or what comes after a position, and the total."""
    query = _select_history(member)
    return keyset.select_page(
        query, _LATEST_FIRST, page=page, page_size=page_size, after=after
    ), query.count()


def _select_history(member: Member) -> "peewee.ModelSelect[TierRecord]":
    return TierRecord.select(TierRecord, Tier).join(Tier).where(TierRecord.member == member)


def transition(
    active: TierRecord,
    tier: Tier,
    *,
    kind: str,
    explanation: dict[str, Any],
    at: datetime,
    operator: str | None = None,
    cause: UpgradeCause | None = None,
) -> TierRecord:
    """End the active record and begin another at the same moment. Requires the member's lock."""
    active.update_fields(ended_at=at)
    record = TierRecord.create(
        member=active.member_id,
        tier=tier,
        kind=kind,
        started_at=at,
        valid_until=_valid_until(tier, at),
        explanation=explanation,
        operator=operator,
        cause_order=cause.order_number if cause else None,
        cause_entry=cause.entry_id if cause else None,
    )
    pack_cards.mark_changed([active.member_id])
    events.record(
        f"tiers.{kind}", customer_id=active.member.customer_id, member_id=active.member_id,
        before=active.tier.code, after=tier.code,
    )  # fmt: skip
    return record


def transition_all(transitions: Sequence[TierTransition]) -> None:
    """End many records when their validity ended and begin the next ones, in a few statements.

    Requires the members' locks. The result is that of `transition` one by one.
    """
    ending = [move.ending_record.record_id for move in transitions]
    TierRecord.update(ended_at=TierRecord.valid_until).where(db.in_ids(TierRecord.id, ending)).execute()
    TierRecord.create_many([_new_record(move) for move in transitions])
    pack_cards.mark_changed({move.ending_record.member_id for move in transitions})
    for kind in KINDS:
        rows = [
            {
                "customer_id": move.ending_record.customer_id,
                "member_id": move.ending_record.member_id,
                "properties": {"before": move.ending_record.tier.code, "after": move.tier.code},
            }
            for move in transitions
            if move.kind == kind
        ]
        events.record_many(f"tiers.{kind}", rows)


def _new_record(move: TierTransition) -> dict[str, Any]:
    at = move.ending_record.valid_until
    return {
        "member": move.ending_record.member_id, "tier": move.tier.id, "kind": move.kind, "started_at": at,
        "valid_until": _valid_until(move.tier, at), "explanation": move.explanation,
    }  # fmt: skip


def _valid_until(tier: Tier, at: datetime) -> datetime | None:
    last_day = tier.validity.last_day(business_days.day_of(at))
    return business_days.end_of(last_day) if last_day else None


@cache.cached(ttl_s=5)
def _tiers_by_id() -> dict[int, Tier]:
    """Return all tiers by id; cached, so that a change counts after five seconds in every process."""
    return {tier.id: tier for tier in Tier.select()}
