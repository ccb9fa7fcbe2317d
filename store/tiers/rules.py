"""Tier rules (等级规则): what a member needs within so many days for a tier."""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

import peewee
from peewee import fn

from store.core import cache, clock, errors
from store.core.database import db
from store.core.database.fields import UtcDateTimeField
from store.core.database.models import Model
from store.customers.programmes import Programme
from store.points.ledger import ENTRY_KINDS, PointAccount, PointEntry, PointGroup
from store.purchases import Purchase
from store.tenants import audit
from store.tiers.tiers import Tier, TierRecord

BASES = ("points", "spend", "purchases")


class TierRule(Model):
    """`at_least` ≤ total < `below` within the last `window_days`, including today.

    Points are those of a group, from upgrade-eligible entries; spend is in fen. `retired_at` is empty for current
    rules; earlier ones stay because tier records refer to them. Only enabled rules are active.
    """

    tier = peewee.ForeignKeyField(Tier)
    name = peewee.CharField(max_length=60, default="")
    is_enabled = peewee.BooleanField(default=True)
    basis = peewee.CharField(max_length=10, constraints=[peewee.Check(f"basis IN {BASES}")])
    group = peewee.ForeignKeyField(PointGroup, null=True)
    window_days = peewee.IntegerField(constraints=[peewee.Check("window_days > 0")])
    at_least = peewee.BigIntegerField(constraints=[peewee.Check("at_least > 0")])
    below = peewee.BigIntegerField(null=True)
    retired_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [peewee.Check("(basis = 'points') = (group_id IS NOT NULL)")]

    @cached_property
    def measure(self) -> "Measure":
        return Measure(basis=self.basis, group_id=self.group_id)

    def matches(self, total: int) -> bool:
        """Return whether a total is in the rule's range."""
        return bool(self.at_least <= total and (self.below is None or total < self.below))


@dataclass(frozen=True)
class Measure:
    """What is counted: points of a group, fen spent, or purchases."""

    basis: str
    group_id: int | None = None


@db.transactional
def replace(*, programme: Programme, rules: Sequence[TierRule]) -> list[TierRule]:
    """Replace the active rules of a programme by new ones. Idempotent."""
    validate(programme, rules)
    db.advisory_lock(f"tier_rules:{programme.id}")
    before = list_active_uncached(int(programme.id))
    if _rule_identity(before) == _rule_identity(rules):
        return before
    TierRule.update(retired_at=clock.now()).where(TierRule.id.in_([rule.id for rule in before])).execute()
    for rule in rules:
        rule.save(force_insert=True)
    audit.record(
        "tier_rules.replace",
        f"programme:{programme.code}",
        before=_rule_identity(before),
        after=_rule_identity(rules),
    )
    db.after_commit(cache.clear)
    return list_active_uncached(int(programme.id))


def validate(programme: Programme, rules: Sequence[TierRule]) -> None:
    """Raise DomainError if rules make no sense or their ranges overlap."""
    for rule in rules:
        if rule.tier.programme_id != programme.id or rule.tier.is_base:
            raise errors.invalid("tier", "请选择本计划的等级，基础等级不需要规则")
        if rule.basis not in BASES or (rule.basis == "points") != (rule.group is not None):
            raise errors.invalid("basis", "应为某个积分组的积分、消费金额或消费次数")
        if rule.group is not None and rule.group.programme_id != programme.id:
            raise errors.invalid("group", "请选择本计划的积分组")
        if not 1 <= rule.window_days <= 3650:
            raise errors.invalid("window_days", "应为 1 到 3650 天")
        if rule.at_least < 1 or (rule.below is not None and rule.below <= rule.at_least):
            raise errors.invalid("at_least", "起点应大于 0，终点应大于起点")
    ordered = sorted(rules, key=lambda rule: (rule.basis, rule.group_id or 0, rule.at_least))
    for lower, higher in pairwise(ordered):
        if lower.measure == higher.measure and (lower.below is None or lower.below > higher.at_least):
            sentence = f"{lower.tier.name}和{higher.tier.name}的范围重叠"
            raise errors.invalid("at_least", sentence, rules=[lower.name, higher.name])


@cache.cached(ttl_s=1)
def list_active(programme_id: int) -> list[TierRule]:
    """Return the active rules of a programme with their tiers, the highest tier first."""
    return list_active_uncached(programme_id)


def list_active_uncached(programme_id: int) -> list[TierRule]:
    """Return the active rules as they are stored at this moment."""
    return [rule for rule in list_current(programme_id) if rule.is_enabled]


def list_current(programme_id: int) -> list[TierRule]:
    """Return the rules of a programme that are not retired, also disabled ones, the highest tier first."""
    query = TierRule.select(TierRule, Tier).join(Tier)
    mine = (Tier.programme == programme_id) & TierRule.retired_at.is_null()
    return list(query.where(mine).order_by(Tier.rank.desc(), TierRule.at_least.desc(), TierRule.id))


def has_history(programme_id: int) -> bool:
    """Return whether a programme has, or once had, rules."""
    return TierRule.select().join(Tier).where(Tier.programme == programme_id).exists()


def member_total(measure: Measure, *, since: datetime, until: datetime, member_id: int) -> int:
    """Return one member's total from `since` until before `until`."""
    return member_totals([(measure, since)], until=until, member_id=member_id)[0]


def member_totals(
    measures: Sequence[tuple[Measure, datetime]], *, until: datetime, member_id: int
) -> list[int]:
    """Return one member's totals of several measures, each since its own time."""
    sql, blanks = _totals_sql(tuple(measure.basis for measure, _ in measures), db.is_postgresql())
    params: list[Any] = []
    for (measure, since), mine in zip(measures, blanks, strict=True):
        filled = {
            _GROUP_PLACEHOLDER: measure.group_id,
            _MEMBER_PLACEHOLDER: member_id,
            _SINCE_PLACEHOLDER: since,
            _UNTIL_PLACEHOLDER: until,
        }
        params += [_to_db_value(filled[blank]) if blank in filled else blank for blank in mine]
    return [int(value or 0) for value in db.database.execute_sql(sql, params).fetchone()]


def totals_by_member(
    measure: Measure, *, since: datetime, until: datetime, member_ids: Sequence[int] | None = None
) -> dict[int, int]:
    """Return the totals of all members with entries, or of the members in `of`."""
    query = _total_query(measure, since, until, None)
    if member_ids is not None:
        query = query.where(db.in_ids(_member_column(measure), member_ids))
    return {member_id: int(value) for value, member_id in query.tuples()}


def retention_totals(
    measure: Measure, member_ids: Sequence[int], *, until: datetime | None = None
) -> dict[int, int]:
    """Return each member's total that counts for keeping the present tier, never below zero.

    What counts is the cause of the upgrade, and what came in during the active record. A return takes off what its
    own entries had added. `until` replaces the end of the validity.
    """
    during = _total_query(measure, TierRecord.started_at, until or TierRecord.valid_until, None)
    if measure.basis == "points":
        during = during.where(_returns_what_counts())
    owner, totals = _member_column(measure), Counter[int]()
    for query in (during, _cause_query(measure)):
        query = query.join(TierRecord, on=(TierRecord.member == owner) & TierRecord.ended_at.is_null())
        for value, member_id in query.where(db.in_ids(owner, member_ids)).tuples():
            totals[member_id] += int(value)
    return {member_id: max(value, 0) for member_id, value in totals.items()}


def _cause_query(measure: Measure) -> Any:
    """Return a query like `_total_query` over the order or entry that brought the upgrade."""
    if measure.basis == "points":
        is_cause = (PointEntry.order_number == TierRecord.cause_order) | (
            PointEntry.id == TierRecord.cause_entry
        )
        return _points_query(measure).where(is_cause & PointEntry.reverses.is_null())
    return _purchases_query(measure).where(Purchase.order_number == TierRecord.cause_order)


def _returns_what_counts() -> peewee.Expression:
    """Return the condition that an entry is no return, or the return of an entry that counts."""
    original = PointEntry.alias("original")
    counts = (
        (original.at >= TierRecord.started_at)
        | (original.order_number == TierRecord.cause_order)
        | (original.id == TierRecord.cause_entry)
    )
    known = original.select(original.id).where((original.id == PointEntry.reverses) & counts)
    return PointEntry.reverses.is_null() | fn.EXISTS(known)


def _member_column(measure: Measure) -> peewee.ForeignKeyField:
    return PointAccount.member if measure.basis == "points" else Purchase.member


def _total_query(measure: Measure, since: Any, until: Any, member_id: int | None) -> Any:
    """Return a query with one row and total per member; the formula of points is that of `accumulated`.

    `since` and `until` are times, or columns of a table that the caller joins.
    """
    query = _points_query(measure) if measure.basis == "points" else _purchases_query(measure)
    owner = _member_column(measure)
    at = PointEntry.at if measure.basis == "points" else Purchase.at
    query = query.where((at >= since) & (at < until))
    return query if member_id is None else query.where(owner == member_id)


def _points_query(measure: Measure) -> Any:
    counting = [kind for kind, facts in ENTRY_KINDS.items() if facts.accumulates]
    minus = [kind for kind in counting if ENTRY_KINDS[kind].sign < 0]
    signed = peewee.Case(None, [(PointEntry.kind.in_(minus), PointEntry.value * -1)], PointEntry.value)
    query: Any = PointEntry.select(fn.SUM(signed).alias("total"), PointAccount.member).join(PointAccount)
    counts = (PointAccount.group == measure.group_id) & PointEntry.upgrade_eligible
    return query.where(counts & PointEntry.kind.in_(counting)).group_by(PointAccount.member)


def _purchases_query(measure: Measure) -> Any:
    kept = Purchase.paid_fen - Purchase.returned_fen
    value = fn.SUM(kept) if measure.basis == "spend" else fn.COUNT(Purchase.id)
    return Purchase.select(value.alias("total"), Purchase.member).where(kept > 0).group_by(Purchase.member)


# Every order asks what its member has gathered, and peewee would take longer to find the words than the
# database to answer: so they are kept, with blanks where the member, the group and the window stand.
_GROUP_PLACEHOLDER, _MEMBER_PLACEHOLDER = -1001, -1002
_SINCE_PLACEHOLDER, _UNTIL_PLACEHOLDER = datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)


@functools.cache
def _totals_sql(bases: tuple[str, ...], postgresql: bool) -> tuple[str, list[list[Any]]]:
    moments = {_to_db_value(moment): moment for moment in (_SINCE_PLACEHOLDER, _UNTIL_PLACEHOLDER)}
    texts, blanks = [], []
    for place, basis in enumerate(bases):
        measure = Measure(basis, _GROUP_PLACEHOLDER if basis == "points" else None)
        sql, params = _total_query(measure, _SINCE_PLACEHOLDER, _UNTIL_PLACEHOLDER, _MEMBER_PLACEHOLDER).sql()
        texts.append(f"(SELECT total FROM ({sql}) AS sum{place})")  # noqa: S608 - peewee's own words
        blanks.append([moments.get(param, param) for param in params])
    return f"SELECT {', '.join(texts)}", blanks


def _to_db_value(value: Any) -> Any:
    return PointEntry.at.db_value(value)


def _rule_identity(rules: Sequence[TierRule]) -> list[list[Any]]:
    """Return what makes two rules equal, in one order."""
    return sorted(
        [
            rule.tier.code, rule.basis, rule.group_id or 0, rule.window_days, rule.at_least, rule.below or 0,
            rule.name,
        ]
        for rule in rules
    )  # fmt: skip
