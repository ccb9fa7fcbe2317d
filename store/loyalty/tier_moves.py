"""Tier moves (升级、保级、降级): upgrades at once, the rest in the night in which a tier ends."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from store.company import audit, calendar
from store.kernel import actors, clock, db, refusals
from store.loyalty import tier_rules, tiers
from store.loyalty.tier_rules import Measure, TierRule
from store.loyalty.tiers import Move, Term, Tier, TierRecord
from store.people import members
from store.people.members import Member
from store.people.programmes import Programme

# A tier begins just after what brought it, which so counts for the upgrade and not for keeping the tier.
JUST_AFTER = timedelta(microseconds=1)
What = tuple[Measure, datetime]  # a measure, and since when it counts
PORTION = 500  # members in one transaction of the night run


@dataclass(frozen=True)
class Shift:
    """So many members stand at one tier and would have earned another by the rules in question."""

    before: str
    after: str
    members: int


@db.verb
def judge(member: Member) -> TierRecord | None:
    """Upgrade a member whose gathering hits the rule of a higher tier; None where nothing changes.

    Asked again it finds the member up there already.
    """
    return judge_locked(members.locked(member.id))


def judge_locked(member: Member, active: TierRecord | None = None) -> TierRecord | None:
    """The same where the caller has locked the member, and perhaps read the tier in force."""
    active = active or tiers.of(member)
    if active is None:
        return None
    now, higher = clock.now() + JUST_AFTER, _higher(active, calendar.today())
    if not higher:
        return None
    wanted = list(dict.fromkeys(what for _, what in higher))  # rules over the same days look at the same sum
    sums = tier_rules.gathered_each(wanted, until=now, member_id=int(member.id))
    return _upgrade(active, higher, dict(zip(wanted, sums, strict=True)), now)


def judge_all(records: Sequence[TierRecord]) -> None:
    """The same for many records in force, whose members the caller has locked."""
    now, today = clock.now() + JUST_AFTER, calendar.today()
    higher = {record.member_id: _higher(record, today) for record in records}
    sums = {
        (measure, since): tier_rules.gathered_by_all(measure, since=since, until=now, of=list(higher))
        for measure, since in {what for rules in higher.values() for _, what in rules}
    }
    for record in records:
        mine = higher[record.member_id]
        _upgrade(record, mine, {what: sums[what].get(record.member_id, 0) for _, what in mine}, now)


def settle(*, day: date) -> int:
    """Judge the tiers that ended by a past day, many members a transaction; returns how many were judged.

    Stopped half-way it goes on where it stood, and for a day that is done it finds nothing.
    """
    return sum(some() for some in portions(day=day))


def portions(*, day: date, size: int = PORTION) -> Iterator[Callable[[], int]]:
    """What `settle` has to do, a portion a call: each is a transaction and tells how many it judged."""
    if day >= calendar.today():
        raise refusals.invalid("day", "只能处理已经结束的日期")
    ended = calendar.end_of(day)
    while _due(ended).exists():
        yield partial(_settle_some, ended, size)


@db.verb
def change(*, member: Member, tier: Tier, reason: str) -> TierRecord:
    """Put a member at a tier by hand, always with a reason; there already, nothing changes."""
    if not 1 <= len(reason.strip()) <= 200:
        raise refusals.invalid("reason", "请填写调整原因，最多 200 个字")
    member = members.locked(member.id)
    active, wanted = tiers.of(member), Tier.find(id=tier.id)
    if active is None or wanted is None or wanted.programme_id != member.programme_id:
        raise refusals.not_found("该会员或等级")
    if active.tier_id == wanted.id:
        return active
    kind = "upgraded" if wanted.rank > active.tier.rank else "downgraded"
    audit.record(
        "tier_moves.change", f"member:{member.public_id}",
        before={"tier": active.tier.code}, after={"tier": wanted.code, "reason": reason},
    )  # fmt: skip
    return tiers.move(
        active,
        wanted,
        kind=kind,
        because={"reason": reason},
        at=clock.now() + JUST_AFTER,
        operator=actors.current().name,
    )


def gathered(member: Member) -> list[dict[str, Any]]:
    """What the member has gathered towards each rule, in its window and since the tier began (保级)."""
    active, now = tiers.of(member), clock.now() + JUST_AFTER
    found = []
    for rule in tier_rules.in_force(int(member.programme_id)):
        row = _judged(rule, member, since=_window(rule), until=now)
        kept = active and tier_rules.gathered(
            rule.measure, since=active.started_at, until=now, member_id=int(member.id)
        )
        found.append({**row, "since_tier_began": kept or 0})
    return found


def preview(*, programme: Programme, rules: Sequence[TierRule]) -> list[Shift]:
    """Where all members of a programme would stand by rules that are not in force yet.

    Who would stand higher rises with the next entry; who would stand lower keeps the tier until it ends.
    """
    tier_rules.check(programme, rules)
    now, base = clock.now() + JUST_AFTER, tiers.base_of(programme.id)
    sums = {
        (rule.measure, rule.window_days): tier_rules.gathered_by_all(
            rule.measure, since=_window(rule), until=now
        )
        for rule in rules
    }
    ordered = sorted(rules, key=lambda rule: -rule.tier.rank)
    shifts: Counter[tuple[str, str]] = Counter()
    for member_id, tier_code in _standing(programme):
        earned = next((rule.tier.code for rule in ordered if rule.hit_by(_of(sums, rule, member_id))), None)
        shifts[tier_code, earned or (base.code if base else tier_code)] += 1
    return [Shift(before, after, count) for (before, after), count in sorted(shifts.items())]


def _higher(active: TierRecord, today: date) -> list[tuple[TierRule, What]]:
    """The rules of higher tiers, the highest first, each with what it looks at."""
    return [
        (rule, (rule.measure, _window(rule, today)))
        for rule in tier_rules.in_force(int(active.member.programme_id))
        if rule.tier.rank > active.tier.rank
    ]


def _upgrade(
    active: TierRecord, higher: Sequence[tuple[TierRule, What]], seen: Mapping[What, int], now: datetime
) -> TierRecord | None:
    for rule, what in higher:
        if rule.hit_by(seen[what]):
            because = _because(rule, seen[what], since=what[1], until=now)
            return tiers.move(active, rule.tier, kind="upgraded", because=because, at=now)
    return None


def _due(ended: datetime) -> Any:
    """The records, members, customers, programmes, tiers and times of the terms that have ended."""
    due = (
        TierRecord.ended_at.is_null()
        & TierRecord.valid_until.is_null(False)
        & (TierRecord.valid_until <= ended)
    )
    facts = (TierRecord.id, Member.id, Member.customer, Member.programme, TierRecord.tier)
    query = TierRecord.select(*facts, TierRecord.started_at, TierRecord.valid_until).join(Member).where(due)
    return query.order_by(TierRecord.valid_until, TierRecord.id).tuples()


@db.verb
def _settle_some(ended: datetime, most: int) -> int:
    """Look again once the members are locked: others may have judged or upgraded them while we waited."""
    held = members.locked_together([row[1] for row in _due(ended).limit(most)])
    count = 0
    for programme_id, terms in _terms(_due(ended).where(db.among(Member.id, held))).items():
        tiers.move_on(_verdicts(programme_id, terms))
        count += len(terms)
    return count


def _terms(rows: Iterable[tuple]) -> dict[int, list[Term]]:
    """By programme."""
    found: dict[int, list[Term]] = {}
    known: dict[int, Tier] = {}
    for record_id, member_id, customer_id, programme_id, tier_id, since, until in rows:
        if tier_id not in known:
            known[tier_id] = Tier.get_by_id(tier_id)
        term = Term(record_id, member_id, customer_id, known[tier_id], since, until)
        found.setdefault(programme_id, []).append(term)
    return found


def _verdicts(programme_id: int, terms: Sequence[Term]) -> list[Move]:
    rules, base = tier_rules.in_force(programme_id), tiers.base_of(programme_id)
    if base is None:
        raise refusals.Refused("no_base_tier", "会员计划尚未设置基础等级", 409)
    sums = {
        measure: tier_rules.gathered_in_terms(measure, terms) for measure in {rule.measure for rule in rules}
    }
    return [_verdict(term, rules, base, sums) for term in terms]


def _verdict(
    term: Term, rules: Sequence[TierRule], base: Tier, sums: Mapping[Measure, Mapping[int, int]]
) -> Move:
    """Keep the tier where its own rule was met during its validity, else go down to what was earned."""
    because: dict[str, Any] = {}
    for rule in rules:
        if rule.tier.rank <= term.tier.rank:
            value = sums[rule.measure].get(term.member_id, 0)
            because = _because(rule, value, since=term.since, until=term.until)
            keeps = rule.tier_id == term.tier.id
            if value >= rule.at_least and (keeps or rule.hit_by(value)):
                return Move(term, rule.tier, "retained" if keeps else "downgraded", because)
    return Move(term, base, "downgraded", because)


def _judged(rule: TierRule, member: Member, *, since: datetime, until: datetime) -> dict[str, Any]:
    value = tier_rules.gathered(rule.measure, since=since, until=until, member_id=int(member.id))
    return _because(rule, value, since=since, until=until)


def _because(rule: TierRule, value: int, *, since: datetime, until: datetime) -> dict[str, Any]:
    """The explanation that goes into the record."""
    return {
        "rule": rule.id, "tier": rule.tier.code, "basis": rule.basis, "group": rule.group_id,
        "since": since.isoformat(), "until": until.isoformat(), "gathered": value, "at_least": rule.at_least,
        "below": rule.below,
    }  # fmt: skip


def _window(rule: TierRule, today: date | None = None) -> datetime:
    return calendar.start_of((today or calendar.today()) - timedelta(days=rule.window_days - 1))


def _standing(programme: Programme) -> Any:
    query = TierRecord.select(TierRecord.member, Tier.code).join(Tier)
    mine = (Tier.programme == programme) & TierRecord.ended_at.is_null()
    return query.where(mine).tuples().iterator()


def _of(sums: Mapping[tuple[Measure, int], Mapping[int, int]], rule: TierRule, member_id: int) -> int:
    return sums[rule.measure, rule.window_days].get(member_id, 0)
