"""Texts about tiers (等级说明): what a rule requires, how long a tier lasts, why a record was made."""

from datetime import date, datetime, timedelta

from store.core import money
from store.points.ledger import PointGroup
from store.tenants import business_days
from store.tiers.rules import Measure, TierRule
from store.tiers.tiers import Tier, TierRecord
from store.tiers.validity import Validity

KIND_LABELS = {"joined": "入会", "upgraded": "升级", "retained": "保级", "downgraded": "降级"}
_EPSILON = timedelta(microseconds=1)


def describe_rule(row: TierRule) -> str:
    """Describe a rule: `近 365 天累计消费满 2000.00 元`."""
    return f"近 {row.window_days} 天{_requirement(row)}"


def describe_upgrade(row: TierRule, *, total: int) -> str:
    """Describe the rule of a higher tier and what the member still needs."""
    return f"{describe_rule(row)}升级{row.tier.name}，{_progress(row, total)}"


def describe_retention(row: TierRule, *, total: int) -> str:
    """Describe the retention rule of the member's tier, as it is evaluated when the tier ends."""
    return f"等级有效期内{_requirement(row)}可保级，{_progress(row, total)}"


def describe_validity(validity: Validity) -> str:
    """Describe how long a tier lasts from the day on which it begins."""
    if validity.days is not None:
        return f"有效期 {validity.days} 天"
    if validity.years is None:
        return "长期有效"
    years = {0: "当年", 1: "次年"}.get(validity.years, f" {validity.years} 年后")
    return f"有效期至{years} {validity.month} 月 {validity.day} 日"


def describe_reason(record: TierRecord, *, with_reason: bool = False) -> str:
    """Describe why a record was made. `with_reason` adds the reason of a manual change, for staff."""
    facts = record.explanation or {}
    if record.kind == "joined":
        return "入会即享"
    if "total" not in facts:
        by_hand = record.operator is not None
        return (
            _manual_reason(facts.get("reason", ""), with_reason) if by_hand else "有效期已满，未达到保级要求"
        )
    measure = Measure(facts["basis"], facts["group"])
    gathered = format_quantity(measure, facts["total"])
    needed = format_quantity(measure, facts["at_least"])
    verb = "获得" if measure.basis == "points" else "消费"
    since, until = (datetime.fromisoformat(facts[bound]) for bound in ("since", "until"))
    period = f"{business_days.day_of(since)} 至 {last_day_before(until)}"
    name = _tier_name(record.tier, facts["tier"])
    outcome = "达到" if facts["tier"] == record.tier.code else "未达到"
    return f"{period} 累计{verb} {gathered}，{outcome}{name}要求的 {needed}"


def format_quantity(measure: Measure, value: int) -> str:
    """Format a quantity: `2000.00 元`, `500 成长值`, `3 次`."""
    if measure.basis == "points":
        group = PointGroup.find(id=measure.group_id)
        return f"{value} {group.name if group else '积分'}"
    return f"{money.yuan(value)} 元" if measure.basis == "spend" else f"{value} 次"


def last_day_before(until: datetime) -> date:
    """Return the last business day before a time."""
    return business_days.day_of(until - _EPSILON)


def _requirement(row: TierRule) -> str:
    verb = {"points": "累计获得", "spend": "累计消费满", "purchases": "消费满"}[row.basis]
    return f"{verb} {format_quantity(row.measure, row.at_least)}"


def _progress(row: TierRule, total: int) -> str:
    if total >= row.at_least:
        return f"已有 {format_quantity(row.measure, total)}，已达成"
    missing = row.at_least - total
    return f"已有 {format_quantity(row.measure, total)}，还差 {format_quantity(row.measure, missing)}"


def _manual_reason(reason: str, with_reason: bool) -> str:
    return f"人工调整：{reason}" if with_reason else "由工作人员调整"


def _tier_name(current_tier: Tier, code: str) -> str:
    found = (
        current_tier
        if current_tier.code == code
        else Tier.find(programme=current_tier.programme_id, code=code)
    )
    return found.name if found else code
