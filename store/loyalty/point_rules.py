"""Point rules (积分规则) and multipliers (多倍积分): what a purchase earns, where, for whom and when."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

import peewee

from store.company import audit
from store.kernel import bounds, clock, db, recent, refusals
from store.kernel.fields import Day, Moment
from store.kernel.records import Record
from store.loyalty.cost_centres import CostCentre
from store.loyalty.point_accounts import PointGroup
from store.loyalty.tiers import Tier
from store.loyalty.validity import Lasting, Validity

# From the most specific down: of two rules that fit, the one with the first of these that the other lacks applies.
SCOPES = ("product", "category", "shop_group", "tier")
OCCASIONS = ("birthday_day", "birthday_month", "period", "tier")


class PointRule(Record):
    """`points` for each `per` of the basis: fen of the amount that earns, or pieces.

    Empty scopes mean all; `category` also names product groups. Out of force from `ends_on` + 1 day.
    """

    group = peewee.ForeignKeyField(PointGroup)
    name = peewee.CharField(max_length=60)
    basis = peewee.CharField(max_length=10, constraints=[peewee.Check("basis IN ('amount', 'quantity')")])
    points = peewee.IntegerField(constraints=[peewee.Check("points >= 0")])
    per = peewee.IntegerField(constraints=[peewee.Check("per > 0")])
    product = peewee.CharField(max_length=64, null=True)
    category = peewee.CharField(max_length=64, null=True)
    shop_group = peewee.CharField(max_length=64, null=True)
    tier = peewee.CharField(max_length=30, null=True)
    upgrade_eligible = peewee.BooleanField(default=False)
    valid = Lasting(default=Validity)
    cost_centre = peewee.ForeignKeyField(CostCentre)
    starts_on = Day(null=True)
    ends_on = Day(null=True)
    created_at = Moment(default=clock.now)

    @cached_property
    def precedence(self) -> tuple:
        """The larger applies: the more specific, then the newer. Neither changes after the rule is made."""
        return (*(getattr(self, scope) is not None for scope in SCOPES), self.id)


class PointMultiplier(Record):
    """Makes what a rule earns `percent` of it (200 doubles) on an occasion, as a promotion of its own.

    `occasion` is the member's birthday or its month, a period, or a tier; the period bounds all of them.
    """

    group = peewee.ForeignKeyField(PointGroup)
    name = peewee.CharField(max_length=60)
    occasion = peewee.CharField(max_length=20, constraints=[peewee.Check(f"occasion IN {OCCASIONS}")])
    percent = peewee.IntegerField(constraints=[peewee.Check("percent > 100")])
    tier = peewee.CharField(max_length=30, null=True)
    cost_centre = peewee.ForeignKeyField(CostCentre)
    starts_on = Day(null=True)
    ends_on = Day(null=True)

    @property
    def asks_birthday(self) -> bool:
        return bool(self.occasion.startswith("birthday"))


@db.verb
def add(*, group: PointGroup, name: str, basis: str, points: int, per: int, cost_centre: CostCentre,
        **about: Any) -> PointRule:  # fmt: skip
    """Add a rule; `about` are further columns: scopes, `valid`, period, upgrade_eligible."""
    if basis not in ("amount", "quantity"):
        raise refusals.invalid("basis", "应为按金额或按数量")
    if not 0 <= points <= 1_000_000 or not 1 <= per <= 100_000_000:
        raise refusals.invalid("points", "积分应为 0 到 1000000 的整数，每份应为正数")
    _check(group, name, about)
    row = PointRule.create(
        group=group, name=name, basis=basis, points=points, per=per, cost_centre=cost_centre, **about
    )
    return _recorded("point_rules.add", row)


@db.verb
def multiply(*, group: PointGroup, name: str, occasion: str, percent: int, cost_centre: CostCentre,
             **about: Any) -> PointMultiplier:  # fmt: skip
    """Add a multiplier; `about` are further columns: tier, starts_on, ends_on."""
    if occasion not in OCCASIONS or (occasion == "tier") != (about.get("tier") is not None):
        raise refusals.invalid("occasion", "请选择生日当天、生日当月、活动期间或等级")
    if not 100 < percent <= 10_000:
        raise refusals.invalid("percent", "倍数应大于 1 倍，最多 100 倍")
    _check(group, name, about)
    if occasion == "period" and None in (about.get("starts_on"), about.get("ends_on")):
        raise refusals.invalid("starts_on", "请填写活动期间")
    row = PointMultiplier.create(
        group=group, name=name, occasion=occasion, percent=percent, cost_centre=cost_centre, **about
    )
    return _recorded("point_rules.multiply", row)


@db.verb
def end(*, rule_id: int, last_day: date) -> PointRule:
    """Let a rule apply for the last time on a day; ended twice the same day changes nothing."""
    found = PointRule.find(id=bounds.number(rule_id, field="rule_id"), lock=True)
    return _ended("point_rules.end", found, last_day)


@db.verb
def end_multiplier(*, multiplier_id: int, last_day: date) -> PointMultiplier:
    """Let a multiplier apply for the last time on a day; ended twice the same day changes nothing."""
    found = PointMultiplier.find(id=bounds.number(multiplier_id, field="multiplier_id"), lock=True)
    return _ended("point_rules.end_multiplier", found, last_day)


def listing(programme_id: int) -> tuple[list[PointRule], list[PointMultiplier]]:
    """All rules and multipliers of a programme, also those that have ended, the oldest first."""
    return _all(PointRule, programme_id), _all(PointMultiplier, programme_id)


@recent.remembered(seconds=1)
def in_force(programme_id: int, day: date) -> tuple[list[PointRule], list[PointMultiplier]]:
    """The rules and multipliers of a programme on a day, with their cost centres."""
    return _of_day(PointRule, programme_id, day), _of_day(PointMultiplier, programme_id, day)


def best(rules: Iterable[PointRule]) -> PointRule | None:
    """Of rules that all fit, the one that applies."""
    return max(rules, key=lambda rule: rule.precedence, default=None)


def _of_day(model: Any, programme_id: int, day: date) -> list[Any]:
    return list(_query(model, programme_id).where(_covers(model, day)))


def _all(model: Any, programme_id: int) -> list[Any]:
    return list(_query(model, programme_id))


def _query(model: Any, programme_id: int) -> Any:
    query = model.select(model, CostCentre, PointGroup).join(CostCentre).switch(model).join(PointGroup)
    return query.where(PointGroup.programme == programme_id).order_by(model.id)


def _covers(model: Any, day: date) -> peewee.Expression:
    begun = model.starts_on.is_null() | (model.starts_on <= day)
    return begun & (model.ends_on.is_null() | (model.ends_on >= day))


def _check(group: PointGroup, name: str, about: dict[str, Any]) -> None:
    if not 1 <= len(name.strip()) <= 60:
        raise refusals.invalid("name", "请填写名称，最多 60 个字")
    for scope in SCOPES:
        if about.get(scope) is not None and not 1 <= len(about[scope]) <= (30 if scope == "tier" else 64):
            raise refusals.invalid(scope, "编码过长或为空")
    tier = about.get("tier")
    if tier is not None and Tier.find(programme=group.programme_id, code=tier) is None:
        raise refusals.invalid("tier", f"没有等级 {tier}")
    starts, ends = about.get("starts_on"), about.get("ends_on")
    for field in ("starts_on", "ends_on"):
        if about.get(field) is not None:
            bounds.day(about[field], field=field)
    if starts is not None and ends is not None and ends < starts:
        raise refusals.invalid("ends_on", "结束日期不能早于开始日期")


def _ended(verb: str, row: Any, last_day: date) -> Any:
    if row is None:
        raise refusals.not_found("该积分规则")
    if row.ends_on != bounds.day(last_day, field="last_day"):
        subject = f"{row._meta.table_name}:{row.id}"
        audit.record(verb, subject, before={"ends_on": row.ends_on}, after={"ends_on": last_day})
        row.put(ends_on=last_day)
        db.after_commit(recent.forget)
    return row


def _recorded(verb: str, row: Any) -> Any:
    facts = {name: value for name, value in row.__data__.items() if value is not None}
    audit.record(verb, f"{row._meta.table_name}:{row.id}", after=facts)
    db.after_commit(recent.forget)
    return row
