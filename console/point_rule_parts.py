"""What the routes of point rules and of multipliers share."""

from typing import Any

from store.core.errors import invalid
from store.core.validation import IsoDate
from store.customers import programmes
from store.points import points, rule_list
from store.points.accrual import AccrualLine
from store.points.ledger import ENTRY_KINDS, PointGroup
from store.points.rules import PointMultiplier, PointRule
from store.tenants import cost_centres
from store.tenants.cost_centres import CostCentre
from store.tiers import tiers
from web.schemas import RequestModel


class LastDay(RequestModel):
    """The last day of a rule, today if it is left out."""

    last_day: IsoDate | None = None


def find_group(programme_code: str, code: str) -> PointGroup:
    """Return a point group by the codes. Raises DomainError(not_found, invalid)."""
    for group in points.list_groups(programmes.get_by_code(programme_code)):
        if group.code == code:
            return group
    raise invalid("group", "请选择本计划的积分组")


def find_centre(code: str) -> CostCentre:
    """Return a cost centre by its code. Raises DomainError(invalid)."""
    found = cost_centres.find_by_code(code)
    if found is None:
        raise invalid("cost_centre", f"没有编码为 {code} 的成本中心，请先开设")
    return found


def to_shared(row: PointRule | PointMultiplier) -> dict[str, Any]:
    """Return what both show: id, name, programme, group, tier, cost centre, period and state."""
    programme = row.group.programme
    names = {tier.code: tier.name for tier in tiers.list_tiers(int(programme.id))} if row.tier else {}
    return {
        "id": str(row.id), "name": row.name, "programme": {"code": programme.code, "name": programme.name},
        "group": {"code": row.group.code, "name": row.group.name},
        "cost_centre": {"code": row.cost_centre.code, "name": row.cost_centre.name},
        "tier": row.tier, "tier_name": names.get(row.tier, row.tier) if row.tier else None,
        "starts_on": row.starts_on.isoformat() if row.starts_on else None,
        "ends_on": row.ends_on.isoformat() if row.ends_on else None, "state": rule_list.state_of(row),
    }  # fmt: skip


def to_line(line: AccrualLine) -> dict[str, Any]:
    """Return what a part of a sale earns, with the sentence that explains it."""
    return {
        "group": line.rule.group.name, "kind": ENTRY_KINDS[line.kind].label, "points": line.value,
        "explanation": line.explanation,
    }  # fmt: skip
