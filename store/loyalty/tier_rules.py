"""Tier rules (等级规则): what a member must have gathered within so many days for a tier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import peewee
from peewee import fn

from store.company import audit
from store.kernel import clock, db, recent, refusals
from store.kernel.fields import Moment
from store.kernel.records import Record
from store.loyalty.point_accounts import KINDS, PointAccount, PointEntry, PointGroup
from store.loyalty.purchases import Purchase
from store.loyalty.tiers import Term, Tier, TierRecord
from store.people.programmes import Programme

BASES = ("points", "spend", "purchases")


class TierRule(Record):
    """`at_least` ≤ gathered < `below` within the last `window_days`, today among them.

    Points are those of a group, from upgrade-eligible entries; spend is in fen. `retired_at` is empty
    for the rules in force; those before stay, since the records of tiers refer to them.
    """

    tier = peewee.ForeignKeyField(Tier)
    basis = peewee.CharField(max_length=10, constraints=[peewee.Check(f"basis IN {BASES}")])
    group = peewee.ForeignKeyField(PointGroup, null=True)
    window_days = peewee.IntegerField(constraints=[peewee.Check("window_days > 0")])
    at_least = peewee.BigIntegerField(constraints=[peewee.Check("at_least > 0")])
    below = peewee.BigIntegerField(null=True)
    retired_at = Moment(null=True)

    class Meta:
        constraints = [peewee.Check("(basis = 'points') = (group_id IS NOT NULL)")]

    @cached_property
    def measure(self) -> "Measure":
        return Measure(basis=self.basis, group_id=self.group_id)

    def hit_by(self, gathered: int) -> bool:
        """Whether what was gathered falls into the range."""
        return bool(self.at_least <= gathered and (self.below is None or gathered < self.below))


@dataclass(frozen=True)
class Measure:
    """What is counted: points of a group, fen spent, or purchases."""

    basis: str
    group_id: int | None = None


@db.verb
def replace(*, programme: Programme, rules: Sequence[TierRule]) -> list[TierRule]:
    """Put new rules (made, not yet written) in force for a programme in place of all before.

    The same rules again change nothing.
    """
    check(programme, rules)
    db.queue_for(f"tier_rules:{programme.id}")
    before = of_programme(int(programme.id))
    if _facts(before) == _facts(rules):
        return before
    TierRule.update(retired_at=clock.now()).where(TierRule.id.in_([rule.id for rule in before])).execute()
    for rule in rules:
        rule.save(force_insert=True)
    audit.record(
        "tier_rules.replace", f"programme:{programme.code}", before=_facts(before), after=_facts(rules)
    )
    db.after_commit(recent.forget)
    return of_programme(int(programme.id))


def check(programme: Programme, rules: Sequence[TierRule]) -> None:
    """Refuse rules that make no sense or whose ranges overlap."""
    for rule in rules:
        if rule.tier.programme_id != programme.id or rule.tier.is_base:
            raise refusals.invalid("tier", "请选择本计划的等级，基础等级不需要规则")
        if rule.basis not in BASES or (rule.basis == "points") != (rule.group is not None):
            raise refusals.invalid("basis", "应为某个积分组的积分、消费金额或消费次数")
        if rule.group is not None and rule.group.programme_id != programme.id:
            raise refusals.invalid("group", "请选择本计划的积分组")
        if not 1 <= rule.window_days <= 3650:
            raise refusals.invalid("window_days", "应为 1 到 3650 天")
        if rule.at_least < 1 or (rule.below is not None and rule.below <= rule.at_least):
            raise refusals.invalid("at_least", "起点应大于 0，终点应大于起点")
    ordered = sorted(rules, key=lambda rule: (rule.basis, rule.group_id or 0, rule.at_least))
    for lower, higher in pairwise(ordered):
        if lower.measure == higher.measure and (lower.below is None or lower.below > higher.at_least):
            raise refusals.invalid("at_least", f"{lower.tier.name}和{higher.tier.name}的范围重叠")


@recent.remembered(seconds=1)
def in_force(programme_id: int) -> list[TierRule]:
    """The rules of a programme with their tiers, the highest tier first."""
    return of_programme(programme_id)


def of_programme(programme_id: int) -> list[TierRule]:
    """The same as they stand at this moment."""
    query = TierRule.select(TierRule, Tier).join(Tier)
    mine = (Tier.programme == programme_id) & TierRule.retired_at.is_null()
    return list(query.where(mine).order_by(Tier.rank.desc(), TierRule.at_least.desc(), TierRule.id))


def ever_set(programme_id: int) -> bool:
    """Whether a programme has, or once had, rules."""
    return TierRule.select().join(Tier).where(Tier.programme == programme_id).exists()


def gathered(measure: Measure, *, since: datetime, until: datetime, member_id: int) -> int:
    """What one member gathered from `since` until before `until`."""
    return gathered_each([(measure, since)], until=until, member_id=member_id)[0]


def gathered_each(
    wanted: Sequence[tuple[Measure, datetime]], *, until: datetime, member_id: int
) -> list[int]:
    """The same for several measures, each since a moment of its own."""
    sql, blanks = _statement(tuple(measure.basis for measure, _ in wanted), db.on_postgresql())
    params: list[Any] = []
    for (measure, since), mine in zip(wanted, blanks, strict=True):
        filled = {_GROUP: measure.group_id, _MEMBER: member_id, _SINCE: since, _UNTIL: until}
        params += [_stored(filled[blank]) if blank in filled else blank for blank in mine]
    return [int(value or 0) for value in db.database.execute_sql(sql, params).fetchone()]


def gathered_by_all(
    measure: Measure, *, since: datetime, until: datetime, of: Sequence[int] | None = None
) -> dict[int, int]:
    """What each member gathered who gathered anything, or each `of` some."""
    query = _sum(measure, since, until, None)
    if of is not None:
        query = query.where(db.among(_owner(measure), of))
    return {member_id: int(value) for value, member_id in query.tuples()}


def gathered_in_terms(measure: Measure, terms: Sequence[Term]) -> dict[int, int]:
    """What each member who gathered anything gathered during a term of theirs."""
    owner = _owner(measure)
    query = _sum(measure, TierRecord.started_at, TierRecord.valid_until, None)
    query = query.join(TierRecord, on=(TierRecord.member == owner)).where(
        db.among(TierRecord.id, [term.record_id for term in terms])
        & db.among(owner, [term.member_id for term in terms])  # else SQLite goes through the whole group
    )
    return {member_id: int(value) for value, member_id in query.tuples()}


def _owner(measure: Measure) -> peewee.ForeignKeyField:
    return PointAccount.member if measure.basis == "points" else Purchase.member


def _sum(measure: Measure, since: Any, until: Any, member_id: int | None) -> Any:
    """One row a member with what was gathered; the retention formula of points is that of `accumulated`.

    `since` and `until` are moments, or columns of a table that the caller joins.
    """
    if measure.basis == "points":
        counting = [kind for kind, facts in KINDS.items() if facts.accumulates]
        minus = [kind for kind in counting if KINDS[kind].sign < 0]
        signed = peewee.Case(None, [(PointEntry.kind.in_(minus), PointEntry.value * -1)], PointEntry.value)
        owner, at = PointAccount.member, PointEntry.at
        query: Any = PointEntry.select(fn.SUM(signed).alias("gathered"), owner).join(PointAccount)
        query = query.where(
            (PointAccount.group == measure.group_id)
            & PointEntry.upgrade_eligible
            & PointEntry.kind.in_(counting)
        )
    else:
        owner, at = Purchase.member, Purchase.at
        kept = Purchase.paid_fen - Purchase.returned_fen
        value = fn.SUM(kept) if measure.basis == "spend" else fn.COUNT(Purchase.id)
        query = Purchase.select(value.alias("gathered"), owner).where(kept > 0)
    query = query.where((at >= since) & (at < until)).group_by(owner)
    return query if member_id is None else query.where(owner == member_id)


# Every order asks what its member has gathered, and peewee would take longer to find the words than the
# database to answer: so they are kept, with blanks where the member, the group and the window stand.
_GROUP, _MEMBER = -1001, -1002
_SINCE, _UNTIL = datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)


@cache
def _statement(bases: tuple[str, ...], postgresql: bool) -> tuple[str, list[list[Any]]]:
    moments = {_stored(moment): moment for moment in (_SINCE, _UNTIL)}
    texts, blanks = [], []
    for place, basis in enumerate(bases):
        measure = Measure(basis, _GROUP if basis == "points" else None)
        sql, params = _sum(measure, _SINCE, _UNTIL, _MEMBER).sql()
        texts.append(f"(SELECT gathered FROM ({sql}) AS sum{place})")  # noqa: S608 - peewee's own words
        blanks.append([moments.get(param, param) for param in params])
    return f"SELECT {', '.join(texts)}", blanks


def _stored(value: Any) -> Any:
    return PointEntry.at.db_value(value)


def _facts(rules: Sequence[TierRule]) -> list[list[Any]]:
    """What makes rules the same, in one order."""
    return sorted(
        [rule.tier.code, rule.basis, rule.group_id or 0, rule.window_days, rule.at_least, rule.below or 0]
        for rule in rules
    )
