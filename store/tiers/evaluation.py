"""Evaluation of tiers (升级、保级、降级): upgrades at once, retention and downgrade when a tier ends."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from store.core import actors, clock, errors
from store.core.database import db
from store.customers import members
from store.customers.members import Member
from store.customers.programmes import Programme
from store.tenants import audit, business_days
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import Measure, TierRule
from store.tiers.tiers import EndingRecord, Tier, TierRecord, TierTransition, UpgradeCause

# A tier begins just after its cause, so that no entry counts twice for keeping the tier.
EPSILON = timedelta(microseconds=1)
Measurement = tuple[Measure, datetime]  # a measure, and since when it counts
BATCH_SIZE = 500  # members in one transaction of the daily close


@dataclass(frozen=True)
class TierShift:
    """How many members are in one tier and would be in another by new rules."""

    before: str
    after: str
    members: int


@db.transactional
def evaluate(member: Member, *, cause: UpgradeCause | None = None) -> TierRecord | None:
    """Upgrade a member who meets the rule of a higher tier, or return None. Idempotent."""
    return evaluate_locked(members.lock(member.id), cause=cause)


def evaluate_locked(
    member: Member, active: TierRecord | None = None, *, cause: UpgradeCause | None = None
) -> TierRecord | None:
    """Evaluate a member whom the caller has locked, with the active record if the caller has read it."""
    active = active or tiers.find_active(member)
    if active is None:
        return None
    now, higher = clock.now() + EPSILON, _higher_rules(active, business_days.today())
    if not higher:
        return None
    wanted = list(dict.fromkeys(what for _, what in higher))  # rules over the same days use the same sum
    sums = tier_rules.member_totals(wanted, until=now, member_id=int(member.id))
    return _upgrade(active, higher, dict(zip(wanted, sums, strict=True)), now, cause)


def evaluate_all(records: Sequence[TierRecord], *, causes: Mapping[int, UpgradeCause]) -> None:
    """Evaluate many active records, whose members the caller has locked. `causes` are by member."""
    now, today = clock.now() + EPSILON, business_days.today()
    higher = {record.member_id: _higher_rules(record, today) for record in records}
    sums = {
        (measure, since): tier_rules.totals_by_member(
            measure, since=since, until=now, member_ids=list(higher)
        )
        for measure, since in {what for rules in higher.values() for _, what in rules}
    }
    for record in records:
        mine = higher[record.member_id]
        totals = {what: sums[what].get(record.member_id, 0) for _, what in mine}
        _upgrade(record, mine, totals, now, causes.get(record.member_id))


def evaluate_expired(*, day: date) -> int:
    """Evaluate the tiers that ended by a past day, in batches, and return how many were evaluated.

    Continues after an interruption; for a finished day it finds nothing.
    """
    return business_days.run_all(run_batch, day)


@db.transactional
def run_batch(day: date, *, size: int = BATCH_SIZE) -> int:
    """Evaluate a batch of the tiers that ended by a past day and return their number, 0 if none is left."""
    ended = business_days.end_of_past(day)
    while chosen := [row[1] for row in _due_records(ended).limit(size)]:
        if count := _evaluate_members(ended, chosen):
            return count
    return 0


@db.transactional
def change_tier(*, member: Member, tier: Tier, reason: str) -> TierRecord:
    """Assign a tier to a member by hand with a reason. Idempotent."""
    if not 1 <= len(reason.strip()) <= 200:
        raise errors.invalid("reason", "请填写调整原因，最多 200 个字")
    member = members.lock(member.id)
    active, wanted = tiers.find_active(member), Tier.find(id=tier.id)
    if active is None or wanted is None or wanted.programme_id != member.programme_id:
        raise errors.not_found("该会员或等级")
    if active.tier_id == wanted.id:
        return active
    kind = "upgraded" if wanted.rank > active.tier.rank else "downgraded"
    audit.record(
        "tiers.change", f"member:{member.public_id}",
        before={"tier": active.tier.code}, after={"tier": wanted.code, "reason": reason},
    )  # fmt: skip
    return tiers.transition(
        active,
        wanted,
        kind=kind,
        explanation={"reason": reason},
        at=clock.now() + EPSILON,
        operator=actors.current().name,
    )


def measure_progress(member: Member) -> list[dict[str, Any]]:
    """Return the member's total for each rule, in its window and since the tier began (保级)."""
    now = clock.now() + EPSILON
    found = []
    for rule in tier_rules.list_active(int(member.programme_id)):
        row = _measure(rule, member, since=_period_start(rule), until=now)
        kept = tier_rules.retention_totals(rule.measure, [member.id], until=now)
        found.append({**row, "since_tier_began": kept.get(member.id, 0)})
    return found


def preview_rules(*, programme: Programme, rules: Sequence[TierRule]) -> list[TierShift]:
    """Return how many members would be in which tier by rules that are not active yet.

    Members who would be higher rise with their next entry; those who would be lower keep their tier until it ends.
    """
    tier_rules.validate(programme, rules)
    now, base = clock.now() + EPSILON, tiers.find_base_tier(programme.id)
    sums = {
        (rule.measure, rule.window_days): tier_rules.totals_by_member(
            rule.measure, since=_period_start(rule), until=now
        )
        for rule in rules
    }
    ordered = sorted(rules, key=lambda rule: -rule.tier.rank)
    shifts: Counter[tuple[str, str]] = Counter()
    for member_id, tier_code in _current_tiers(programme):
        earned = next(
            (rule.tier.code for rule in ordered if rule.matches(_total_for(sums, rule, member_id))), None
        )
        shifts[tier_code, earned or (base.code if base else tier_code)] += 1
    return [TierShift(before, after, count) for (before, after), count in sorted(shifts.items())]


def _higher_rules(active: TierRecord, today: date) -> list[tuple[TierRule, Measurement]]:
    """Return the rules of higher tiers, the highest first, each with its measure."""
    return [
        (rule, (rule.measure, _period_start(rule, today)))
        for rule in tier_rules.list_active(int(active.member.programme_id))
        if rule.tier.rank > active.tier.rank
    ]


def _upgrade(
    active: TierRecord,
    higher_rules: Sequence[tuple[TierRule, Measurement]],
    totals: Mapping[Measurement, int],
    now: datetime,
    cause: UpgradeCause | None,
) -> TierRecord | None:
    for rule, what in higher_rules:
        if rule.matches(totals[what]):
            because = _explain(rule, totals[what], since=what[1], until=now)
            return tiers.transition(
                active, rule.tier, kind="upgraded", explanation=because, at=now, cause=cause
            )
    return None


def _due_records(ended: datetime) -> Any:
    """Return the records that have ended, with their members, programmes, tiers and times."""
    due = (
        TierRecord.ended_at.is_null()
        & TierRecord.valid_until.is_null(False)
        & (TierRecord.valid_until <= ended)
    )
    facts = (TierRecord.id, Member.id, Member.customer, Member.programme, TierRecord.tier)
    query = TierRecord.select(*facts, TierRecord.started_at, TierRecord.valid_until).join(Member).where(due)
    return query.order_by(TierRecord.valid_until, TierRecord.id).tuples()


def _evaluate_members(ended: datetime, member_ids: Iterable[int]) -> int:
    """Evaluate records after locking their members, because others may have changed them meanwhile."""
    held = members.lock_all_in_order(member_ids)
    count = 0
    for programme_id, terms in _group_by_programme(
        _due_records(ended).where(db.in_ids(Member.id, held))
    ).items():
        tiers.transition_all(_decide_all(programme_id, terms))
        count += len(terms)
    return count


def _group_by_programme(rows: Iterable[tuple]) -> dict[int, list[EndingRecord]]:
    """Group rows by programme."""
    found: dict[int, list[EndingRecord]] = {}
    known: dict[int, Tier] = {}
    for record_id, member_id, customer_id, programme_id, tier_id, since, until in rows:
        if tier_id not in known:
            known[tier_id] = Tier.get_by_id(tier_id)
        term = EndingRecord(record_id, member_id, customer_id, known[tier_id], since, until)
        found.setdefault(programme_id, []).append(term)
    return found


def _decide_all(programme_id: int, ending_records: Sequence[EndingRecord]) -> list[TierTransition]:
    rules, base = tier_rules.list_active(programme_id), tiers.find_base_tier(programme_id)
    if base is None:
        raise errors.DomainError("no_base_tier", "会员计划尚未设置基础等级", 409)
    sums = {
        measure: tier_rules.retention_totals(measure, [term.member_id for term in ending_records])
        for measure in {rule.measure for rule in rules}
    }
    return [_decide(term, rules, base, sums) for term in ending_records]


def _decide(
    ending_record: EndingRecord,
    rules: Sequence[TierRule],
    base: Tier,
    totals: Mapping[Measure, Mapping[int, int]],
) -> TierTransition:
    """Keep the tier if its own rule was met during its validity, otherwise go down to what was earned."""
    because: dict[str, Any] = {}
    for rule in rules:
        if rule.tier.rank <= ending_record.tier.rank:
            value = totals[rule.measure].get(ending_record.member_id, 0)
            because = _explain(rule, value, since=ending_record.started_at, until=ending_record.valid_until)
            keeps = rule.tier_id == ending_record.tier.id
            if value >= rule.at_least and (keeps or rule.matches(value)):
                return TierTransition(
                    ending_record, rule.tier, "retained" if keeps else "downgraded", because
                )
    return TierTransition(ending_record, base, "downgraded", because)


def _measure(rule: TierRule, member: Member, *, since: datetime, until: datetime) -> dict[str, Any]:
    value = tier_rules.member_total(rule.measure, since=since, until=until, member_id=int(member.id))
    return _explain(rule, value, since=since, until=until)


def _explain(rule: TierRule, value: int, *, since: datetime, until: datetime) -> dict[str, Any]:
    """Return the explanation that the record stores."""
    return {
        "rule": rule.id, "tier": rule.tier.code, "basis": rule.basis, "group": rule.group_id,
        "since": since.isoformat(), "until": until.isoformat(), "total": value, "at_least": rule.at_least,
        "below": rule.below,
    }  # fmt: skip


def _period_start(rule: TierRule, today: date | None = None) -> datetime:
    return business_days.start_of((today or business_days.today()) - timedelta(days=rule.window_days - 1))


def _current_tiers(programme: Programme) -> Any:
    query = TierRecord.select(TierRecord.member, Tier.code).join(Tier)
    mine = (Tier.programme == programme) & TierRecord.ended_at.is_null()
    return query.where(mine).tuples().iterator()


def _total_for(
    totals: Mapping[tuple[Measure, int], Mapping[int, int]], rule: TierRule, member_id: int
) -> int:
    return totals[rule.measure, rule.window_days].get(member_id, 0)
