"""The club of a trial company: tiers with rules, what purchases earn, top-ups; what a person changed is left alone."""

from store.loyalty import cost_centres, point_rules, points, tier_rule_lists, tier_rules, tiers, top_up_rules
from store.loyalty.cost_centres import CostCentre
from store.loyalty.point_accounts import PointGroup
from store.loyalty.validity import NO_END, Validity
from store.people import programmes
from store.people.programmes import Programme

A_YEAR = Validity(days=365)
END_OF_NEXT_YEAR = Validity(years=1, month=12, day=31)
SPEND = {"basis": "spend", "window_days": 365}
TIER_RULES = [
    {"tier": "silver", **SPEND, "at_least": 50_000, "below": 200_000},
    {"tier": "gold", **SPEND, "at_least": 200_000},
]
TOP_UPS = [{"amount_fen": 10_000, "bonus_fen": 1_000}, {"amount_fen": 50_000, "bonus_fen": 8_000}]


def lay_out() -> None:
    """Found the club, and teach it what it does not know yet; a start that broke off goes on."""
    club = programmes.open_programme(code="club", name="会员俱乐部")
    tiers.add(programme=club, code="base", name="普卡", base=True)
    tiers.add(programme=club, code="silver", name="银卡", rank=1, valid=A_YEAR)
    tiers.add(programme=club, code="gold", name="金卡", rank=2, valid=A_YEAR)
    spendable = points.open_group(programme=club, code="points", name="积分")
    growth = points.open_group(programme=club, code="growth", name="成长值", spendable=False)
    if not tier_rules.ever_set(club.id):
        tier_rules.replace(programme=club, rules=tier_rule_lists.read(club, TIER_RULES))
    _earning(club, spendable, growth)
    top_up_rules.add(code="top-up", name="充值有礼", steps=TOP_UPS)


def _earning(club: Programme, spendable: PointGroup, growth: PointGroup) -> None:
    """A yuan earns a point and a growth value; in the month of the birthday the points are doubled."""
    centre = cost_centres.open_cost_centre(code="marketing", name="市场部")
    rules, multipliers = point_rules.listing(club.id)
    known = {row.name for row in (*rules, *multipliers)}
    for group, name, valid, eligible in (
        (spendable, "消费得积分", END_OF_NEXT_YEAR, False),
        (growth, "消费得成长值", NO_END, True),
    ):
        if name not in known:
            _one_a_yuan(group, name, centre, valid=valid, upgrade_eligible=eligible)
    if "生日月双倍积分" not in known:
        point_rules.multiply(
            group=spendable, name="生日月双倍积分", occasion="birthday_month", percent=200, cost_centre=centre
        )


def _one_a_yuan(
    group: PointGroup, name: str, centre: CostCentre, *, valid: Validity, upgrade_eligible: bool
) -> None:
    point_rules.add(
        group=group, name=name, basis="amount", points=1, per=100, cost_centre=centre, valid=valid,
        upgrade_eligible=upgrade_eligible,
    )  # fmt: skip
