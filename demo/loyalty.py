"""The loyalty programme of a demo tenant: tiers with rules, point rules and top-up rules.

A second run does not overwrite changes of users.
"""

from store.customers import programmes
from store.customers.programmes import Programme
from store.points import points
from store.points import rules as point_rules
from store.points.ledger import PointGroup
from store.stored_value import top_up_rules
from store.tenants import cost_centres
from store.tenants.cost_centres import CostCentre
from store.tiers import rule_import as tier_rule_import
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.validity import UNLIMITED, Validity

ONE_YEAR = Validity(days=365)
END_OF_NEXT_YEAR = Validity(years=1, month=12, day=31)
SPEND = {"basis": "spend", "window_days": 365}
TIER_RULES = [
    {"tier": "silver", **SPEND, "at_least": 50_000, "below": 200_000},
    {"tier": "gold", **SPEND, "at_least": 200_000},
]
TOP_UPS = [{"amount_fen": 10_000, "bonus_fen": 1_000}, {"amount_fen": 50_000, "bonus_fen": 8_000}]


def seed_loyalty() -> None:
    """Create the programme and its missing parts. Idempotent, also after an interrupted run."""
    programme = programmes.create_programme(code="programme", name="会员俱乐部")
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    tiers.add(programme=programme, code="silver", name="银卡", rank=1, validity=ONE_YEAR)
    tiers.add(programme=programme, code="gold", name="金卡", rank=2, validity=ONE_YEAR)
    spendable = points.create_group(programme=programme, code="points", name="积分")
    growth = points.create_group(programme=programme, code="growth", name="成长值", spendable=False)
    if not tier_rules.has_history(programme.id):
        tier_rules.replace(programme=programme, rules=tier_rule_import.parse(programme, TIER_RULES))
    _seed_point_rules(programme, spendable, growth)
    top_up_rules.add(code="top-up", name="充值有礼", steps=TOP_UPS)


def _seed_point_rules(programme: Programme, spendable: PointGroup, growth: PointGroup) -> None:
    """Add the rules: one point and one growth value per yuan, and double points in the month of birth."""
    centre = cost_centres.create(code="marketing", name="市场部")
    rules, multipliers = point_rules.list_rules(programme.id)
    existing_names = {row.name for row in (*rules, *multipliers)}
    for group, name, validity, eligible in (
        (spendable, "消费得积分", END_OF_NEXT_YEAR, False),
        (growth, "消费得成长值", UNLIMITED, True),
    ):
        if name not in existing_names:
            _one_point_per_yuan(group, name, centre, validity=validity, upgrade_eligible=eligible)
    if "生日月双倍积分" not in existing_names:
        point_rules.add_multiplier(
            group=spendable, name="生日月双倍积分", occasion="birthday_month", percent=200, cost_centre=centre
        )


def _one_point_per_yuan(
    group: PointGroup, name: str, centre: CostCentre, *, validity: Validity, upgrade_eligible: bool
) -> None:
    point_rules.add_rule(
        group=group, name=name, basis="amount", points=1, per_units=100, cost_centre=centre, validity=validity,
        upgrade_eligible=upgrade_eligible,
    )  # fmt: skip
