"""Words for tiers (等级说明): what a rule asks for, how long a tier lasts, why a record was made."""

from datetime import date, datetime, timedelta

from store.company import calendar
from store.kernel import money
from store.loyalty.point_accounts import PointGroup
from store.loyalty.tier_rules import Measure, TierRule
from store.loyalty.tiers import Tier, TierRecord
from store.loyalty.validity import Validity

KINDS = {"joined": "入会", "upgraded": "升级", "retained": "保级", "downgraded": "降级"}
_MOMENT = timedelta(microseconds=1)


def rule(row: TierRule) -> str:
    """`近 365 天累计消费满 2000.00 元`."""
    return f"近 {row.window_days} 天{_asks(row)}"


def upgrade(row: TierRule, *, gathered: int) -> str:
    """The rule of a higher tier and what a member is still short of."""
    return f"{rule(row)}升级{row.tier.name}，{_so_far(row, gathered)}"


def keep(row: TierRule, *, gathered: int) -> str:
    """The rule of the tier that a member has, as it is judged when the tier ends."""
    return f"等级有效期内{_asks(row)}可保级，{_so_far(row, gathered)}"


def lasting(valid: Validity) -> str:
    """How long a tier lasts from the day on which it begins."""
    if valid.days is not None:
        return f"有效期 {valid.days} 天"
    if valid.years is None:
        return "长期有效"
    years = {0: "当年", 1: "次年"}.get(valid.years, f" {valid.years} 年后")
    return f"有效期至{years} {valid.month} 月 {valid.day} 日"


def because(record: TierRecord, *, with_reason: bool = False) -> str:
    """Why a record was made; the reason of a change by hand is for colleagues (`with_reason`)."""
    told = record.because or {}
    if record.kind == "joined":
        return "入会即享"
    if "gathered" not in told:
        by_hand = record.operator is not None
        return _by_hand(told.get("reason", ""), with_reason) if by_hand else "有效期已满，未达到保级要求"
    measure = Measure(told["basis"], told["group"])
    gathered = quantity(measure, told["gathered"])
    needed = quantity(measure, told["at_least"])
    verb = "获得" if measure.basis == "points" else "消费"
    since, until = (datetime.fromisoformat(told[bound]) for bound in ("since", "until"))
    period = f"{calendar.day_of(since)} 至 {last_day(until)}"
    name = _name(record.tier, told["tier"])
    outcome = "达到" if told["tier"] == record.tier.code else "未达到"
    return f"{period} 累计{verb} {gathered}，{outcome}{name}要求的 {needed}"


def quantity(measure: Measure, value: int) -> str:
    """`2000.00 元`, `500 成长值`, `3 次`."""
    if measure.basis == "points":
        group = PointGroup.find(id=measure.group_id)
        return f"{value} {group.name if group else '积分'}"
    return f"{money.yuan(value)} 元" if measure.basis == "spend" else f"{value} 次"


def last_day(until: datetime) -> date:
    """The last day of what ends at a moment."""
    return calendar.day_of(until - _MOMENT)


def _asks(row: TierRule) -> str:
    verb = {"points": "累计获得", "spend": "累计消费满", "purchases": "消费满"}[row.basis]
    return f"{verb} {quantity(row.measure, row.at_least)}"


def _so_far(row: TierRule, gathered: int) -> str:
    if gathered >= row.at_least:
        return f"已有 {quantity(row.measure, gathered)}，已达成"
    missing = row.at_least - gathered
    return f"已有 {quantity(row.measure, gathered)}，还差 {quantity(row.measure, missing)}"


def _by_hand(reason: str, with_reason: bool) -> str:
    return f"人工调整：{reason}" if with_reason else "由工作人员调整"


def _name(at: Tier, code: str) -> str:
    found = at if at.code == code else Tier.find(programme=at.programme_id, code=code)
    return found.name if found else code
