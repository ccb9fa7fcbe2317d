"""Point rules (积分规则) and multipliers (多倍积分): what a purchase earns, where, for whom and when."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

import peewee

from store.catalog import product_groups
from store.core import cache, clock, errors, input_limits
from store.core.database import db
from store.core.database.fields import DateField, UtcDateTimeField
from store.core.database.models import Model
from store.points.ledger import PointGroup
from store.tenants import audit, cost_centres
from store.tenants.cost_centres import CostCentre
from store.tiers.tiers import Tier
from store.tiers.validity import Validity, ValidityField

# From the most specific down: of two rules that fit, the one with the first of these that the other lacks applies.
SCOPES = ("product", "category", "shop_group", "tier")
OCCASIONS = ("birthday_day", "birthday_month", "period", "tier")


class PointRule(Model):
    """`points` for each `per_units` of the basis: fen of the eligible amount, or pieces.

    Empty scopes match all. `category` also matches product groups. `ends_on` is the last day. A change makes a new
    version that names its `previous` one, which has ended.
    """

    group = peewee.ForeignKeyField(PointGroup)
    name = peewee.CharField(max_length=60)
    basis = peewee.CharField(max_length=10, constraints=[peewee.Check("basis IN ('amount', 'quantity')")])
    points = peewee.IntegerField(constraints=[peewee.Check("points >= 0")])
    per_units = peewee.IntegerField(constraints=[peewee.Check("per_units > 0")])
    product = peewee.CharField(max_length=64, null=True)
    category = peewee.CharField(max_length=64, null=True)
    shop_group = peewee.CharField(max_length=64, null=True)
    tier = peewee.CharField(max_length=30, null=True)
    upgrade_eligible = peewee.BooleanField(default=False)
    validity = ValidityField(default=Validity)
    cost_centre = peewee.ForeignKeyField(CostCentre)
    starts_on = DateField(null=True)
    ends_on = DateField(null=True)
    created_at = UtcDateTimeField(default=clock.now)
    version = peewee.IntegerField(default=1)
    previous = peewee.ForeignKeyField("self", null=True, unique=True)

    @cached_property
    def specificity(self) -> tuple:
        """Return the sort key of a rule: the more specific one applies, then the newer."""
        return (*(getattr(self, scope) is not None for scope in SCOPES), self.id)


class PointMultiplier(Model):
    """Multiplies what a rule earns to `percent` of it (200 doubles) on an occasion, as a promotion of its own.

    `occasion` is the member's birthday or its month, a period, or a tier. The period bounds all of them.
    """

    group = peewee.ForeignKeyField(PointGroup)
    name = peewee.CharField(max_length=60)
    occasion = peewee.CharField(max_length=20, constraints=[peewee.Check(f"occasion IN {OCCASIONS}")])
    percent = peewee.IntegerField(constraints=[peewee.Check("percent > 100")])
    tier = peewee.CharField(max_length=30, null=True)
    cost_centre = peewee.ForeignKeyField(CostCentre)
    starts_on = DateField(null=True)
    ends_on = DateField(null=True)

    @property
    def needs_birthday(self) -> bool:
        return bool(self.occasion.startswith("birthday"))


@db.transactional
def add_rule(*, group: PointGroup, name: str, basis: str, points: int, per_units: int, cost_centre: CostCentre,
        **columns: Any) -> PointRule:  # fmt: skip
    """Add a rule. `columns` are further columns: scopes, `validity`, `starts_on`, `ends_on`, `upgrade_eligible`."""
    row = PointRule(
        group=group,
        name=name,
        basis=basis,
        points=points,
        per_units=per_units,
        cost_centre=cost_centre,
        **columns,
    )
    validate_rule(row)
    if row.category is not None:
        product_groups.ensure_choosable(row.category, field="category")
    cost_centres.ensure_open(cost_centre)
    row.save(force_insert=True)
    return record_audit("point_rules.add", row)


def validate_rule(row: PointRule) -> None:
    """Raise DomainError(invalid) for a rule that makes no sense. Requires a transaction: its tier then stays."""
    if row.basis not in ("amount", "quantity"):
        raise errors.invalid("basis", "应为按金额或按数量")
    if not 0 <= row.points <= 1_000_000:
        raise errors.invalid("points", "积分应为 0 到 1000000 的整数，每份应为正数")
    if not 1 <= row.per_units <= 100_000_000:
        raise errors.invalid("per_units", "积分应为 0 到 1000000 的整数，每份应为正数")
    _validate_columns(row.group, row.name, row.__data__)


@db.transactional
def add_multiplier(*, group: PointGroup, name: str, occasion: str, percent: int, cost_centre: CostCentre,
             **columns: Any) -> PointMultiplier:  # fmt: skip
    """Add a multiplier. `columns` are further columns: `tier`, `starts_on`, `ends_on`."""
    if occasion not in OCCASIONS or (occasion == "tier") != (columns.get("tier") is not None):
        raise errors.invalid("occasion", "请选择生日当天、生日当月、活动期间或等级")
    if not 100 < percent <= 10_000:
        raise errors.invalid("percent", "倍数应大于 1 倍，最多 100 倍")
    _validate_columns(group, name, columns)
    if occasion == "period" and None in (columns.get("starts_on"), columns.get("ends_on")):
        raise errors.invalid("starts_on", "请填写活动期间")
    cost_centres.ensure_open(cost_centre)
    row = PointMultiplier.create(
        group=group, name=name, occasion=occasion, percent=percent, cost_centre=cost_centre, **columns
    )
    return record_audit("point_rules.add_multiplier", row)


@db.transactional
def end_rule(*, rule_id: int, last_day: date) -> PointRule:
    """End a rule after its last day. Idempotent."""
    found = PointRule.find(id=input_limits.check_id(rule_id, field="rule_id"), lock=True)
    return _end("point_rules.end", found, last_day)


@db.transactional
def end_multiplier(*, multiplier_id: int, last_day: date) -> PointMultiplier:
    """End a multiplier after its last day. Idempotent."""
    found = PointMultiplier.find(id=input_limits.check_id(multiplier_id, field="multiplier_id"), lock=True)
    return _end("point_rules.end_multiplier", found, last_day)


def list_rules(programme_id: int) -> tuple[list[PointRule], list[PointMultiplier]]:
    """Return all rules and multipliers of a programme, also ended ones, the oldest first."""
    return _list_all(PointRule, programme_id), _list_all(PointMultiplier, programme_id)


@cache.cached(ttl_s=1)
def list_active(programme_id: int, day: date) -> tuple[list[PointRule], list[PointMultiplier]]:
    """Return the rules and multipliers of a programme that are effective on a day, with their cost centres."""
    return _list_effective(PointRule, programme_id, day), _list_effective(PointMultiplier, programme_id, day)


def most_specific(rules: Iterable[PointRule]) -> PointRule | None:
    """Return the most specific of several matching rules, or None."""
    return max(rules, key=lambda rule: rule.specificity, default=None)


def _list_effective(model: Any, programme_id: int, day: date) -> list[Any]:
    return list(_select_rules(model, programme_id).where(_is_effective_on(model, day)))


def _list_all(model: Any, programme_id: int) -> list[Any]:
    return list(_select_rules(model, programme_id))


def _select_rules(model: Any, programme_id: int) -> Any:
    query = model.select(model, CostCentre, PointGroup).join(CostCentre).switch(model).join(PointGroup)
    return query.where(PointGroup.programme == programme_id).order_by(model.id)


def _is_effective_on(model: Any, day: date) -> peewee.Expression:
    begun = model.starts_on.is_null() | (model.starts_on <= day)
    return begun & (model.ends_on.is_null() | (model.ends_on >= day))


def _validate_columns(group: PointGroup, name: str, columns: dict[str, Any]) -> None:
    if not 1 <= len(name.strip()) <= 60:
        raise errors.invalid("name", "请填写名称，最多 60 个字")
    for scope in SCOPES:
        if columns.get(scope) is not None and not 1 <= len(columns[scope]) <= (30 if scope == "tier" else 64):
            raise errors.invalid(scope, "编码过长或为空")
    tier = columns.get("tier")
    if tier is not None:
        db.advisory_lock(f"tiers:{group.programme_id}")  # so that it is not deleted meanwhile
        if Tier.find(programme=group.programme_id, code=tier) is None:
            raise errors.invalid("tier", f"没有等级 {tier}")
    starts, ends = columns.get("starts_on"), columns.get("ends_on")
    for field in ("starts_on", "ends_on"):
        if columns.get(field) is not None:
            input_limits.check_day(columns[field], field=field)
    if starts is not None and ends is not None and ends < starts:
        raise errors.invalid("ends_on", "结束日期不能早于开始日期")


def _end(operation: str, row: Any, last_day: date) -> Any:
    if row is None:
        raise errors.not_found("该积分规则")
    if row.ends_on != input_limits.check_day(last_day, field="last_day"):
        subject = f"{row._meta.table_name}:{row.id}"
        audit.record(operation, subject, before={"ends_on": row.ends_on}, after={"ends_on": last_day})
        row.update_fields(ends_on=last_day)
        db.after_commit(cache.clear)
    return row


def record_audit(operation: str, row: Any) -> Any:
    """Record that a rule was added, clear the cache after the commit, and return the rule."""
    facts = {name: value for name, value in row.__data__.items() if value is not None}
    audit.record(operation, f"{row._meta.table_name}:{row.id}", after=facts)
    db.after_commit(cache.clear)
    return row
