"""Versions of point rules (积分规则): a change makes a new rule, and entries keep the one that made them."""

from datetime import date, timedelta
from typing import Any

from store.catalog import product_groups
from store.core import errors, input_limits
from store.core.database import db
from store.points import rules as point_rules
from store.points.ledger import PointGroup
from store.points.rules import PointRule
from store.tenants import audit, business_days, cost_centres
from store.tenants.cost_centres import CostCentre

CHANGEABLE = (
    "group", "name", "basis", "points", "per_units", "product", "category", "shop_group", "tier", "upgrade_eligible",
    "validity", "cost_centre", "starts_on", "ends_on",
)  # fmt: skip


@db.transactional
def change(*, rule_id: int, group: PointGroup, cost_centre: CostCentre, **values: Any) -> PointRule:
    """Make a new version of a rule, effective from its first day, today at the earliest. Idempotent.

    `values` are all columns of CHANGEABLE. The version before ends on the day before, or never begins.
    Raises DomainError(not_found, invalid), and DomainError(rule_changed) if there is another newer version.
    """
    old = _lock(rule_id)
    wanted = {**values, "group": group, "cost_centre": cost_centre}
    if old.group.programme_id != group.programme_id:
        raise errors.invalid("group", "请选择本计划的积分组")
    newer = PointRule.find(previous=old.id)
    if newer is not None:
        if _differences(newer, wanted | {"starts_on": newer.starts_on}):
            raise errors.DomainError("rule_changed", "该规则已被修改，请刷新后再改", 409)
        return newer
    changed = _differences(old, wanted)
    if not changed:
        return old
    today = business_days.today()
    new = PointRule(**{**wanted, "starts_on": max(wanted.get("starts_on") or today, today)},
                    version=old.version + 1, previous=old.id)  # fmt: skip
    point_rules.validate_rule(new)
    if new.category not in (None, old.category):
        product_groups.ensure_choosable(new.category, field="category")
    if cost_centre.id != old.cost_centre_id:
        cost_centres.ensure_open(cost_centre)
    new.save(force_insert=True)
    old.update_fields(ends_on=_last_day_of(old, until=new.starts_on, today=today))
    audit.record("point_rules.change", f"point_rule:{old.id}", before={"version": old.version}, after=changed)
    return point_rules.record_audit("point_rules.add", new)


def get(rule_id: int) -> PointRule:
    """Return a rule, of whatever version. Raises DomainError(not_found)."""
    found = PointRule.find(id=input_limits.check_id(rule_id, field="rule_id"))
    if found is None:
        raise errors.not_found("该积分规则")
    return found


def list_versions(rule_id: int) -> list[PointRule]:
    """Return a rule and the versions before it, the latest first."""
    found = [get(rule_id)]
    while found[-1].previous_id is not None:
        found.append(found[-1].previous)
    return found


def _lock(rule_id: int) -> PointRule:
    found = PointRule.find(id=input_limits.check_id(rule_id, field="rule_id"), lock=True)
    if found is None:
        raise errors.not_found("该积分规则")
    return found


def _differences(row: PointRule, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what a version would change, as the audit log shows it."""
    given = {name: wanted.get(name, getattr(row, name)) for name in CHANGEABLE}
    return {name: _to_text(value) for name, value in given.items() if value != getattr(row, name)}


def _to_text(value: Any) -> Any:
    if isinstance(value, PointGroup | CostCentre):
        return value.code
    return value.label if hasattr(value, "label") else value


def _last_day_of(old: PointRule, *, until: date, today: date) -> date:
    """Return the last day of the version before: a rule that has not begun never does."""
    has_begun = old.starts_on is None or old.starts_on <= today
    last = (until if has_begun else today) - timedelta(days=1)
    return min(old.ends_on, last) if old.ends_on else last
