"""The tenant of the benchmark `accrual`: point rules, tiers, members and paid orders that nothing has posted yet."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tenant import open_tenant
from store.core import clock
from store.core.database import db
from store.core.events import EventDelivery
from store.customers import members, programmes
from store.customers.customers import Customer
from store.customers.members import Member
from store.customers.programmes import Programme
from store.points import order_events as point_order_events
from store.points import points
from store.points import rules as point_rules
from store.points.accrual import OrderLine, Payment
from store.points.ledger import PointEntry
from store.points.order_accrual import PaidOrder
from store.purchases import Purchase
from store.tenants import cost_centres
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.rules import TierRule
from store.tiers.validity import Validity
from tasks import subscriptions

ORDERS, MEMBERS, LINES, GROUPS = 10_000, 2_000, 3, 2
BATCH_SIZE = 500
SEED = 20_263
_OTHER_SUBSCRIBERS = (
    "notifications.",
    "messages.",
    "draw_chances.",
)  # of the same events, measured elsewhere


@contextmanager
def tenant_with_orders(url: str, folder: Path) -> Iterator[None]:
    """Provide a tenant with paid orders whose events no subscriber has processed yet."""
    others_left_out = {
        kind: [each for each in row if not each.name.startswith(_OTHER_SUBSCRIBERS)]
        for kind, row in subscriptions.SUBSCRIPTIONS.items()
    }
    with open_tenant(url, folder, others_left_out):
        programme = programmes.create_programme(code="programme", name="会员俱乐部")
        _create_rules(programme)
        people, rng = _create_members(programme), random.Random(SEED)
        for start in range(0, ORDERS, BATCH_SIZE):
            _report_orders(people, rng, start)
        yield
        assert EventDelivery.select().where(EventDelivery.state == "done").count() == ORDERS
        assert Purchase.select().count() == ORDERS
        assert PointEntry.select().count() == ORDERS * LINES * GROUPS


def _create_rules(programme: Programme) -> None:
    """Create two rules in each point group and two tiers by growth, one of them also by spend."""
    tiers.add(programme=programme, code="base", name="普卡", is_base=True)
    silver, gold = (
        tiers.add(programme=programme, code=code, name=name, rank=rank, validity=Validity(days=365))
        for code, name, rank in (("silver", "银卡", 1), ("gold", "金卡", 2))
    )
    centre = cost_centres.create(code="marketing", name="市场部")
    for code, name in (("points", "积分"), ("growth", "成长值")):
        group = points.create_group(programme=programme, code=code, name=name, spendable=code == "points")
        for category, rate in ((None, 1), ("dairy", 2)):
            point_rules.add_rule(
                group=group,
                name=name,
                basis="amount",
                points=rate,
                per_units=100,
                category=category,
                cost_centre=centre,
                validity=Validity(days=365),
                upgrade_eligible=code == "growth",
            )
    rules = [
        TierRule(tier=silver, basis="points", group=group, window_days=365, at_least=3_000, below=20_000),
        TierRule(tier=gold, basis="points", group=group, window_days=365, at_least=20_000),
        TierRule(tier=gold, basis="spend", window_days=90, at_least=500_000),
    ]
    tier_rules.replace(programme=programme, rules=rules)


@db.transactional
def _create_members(programme: Programme) -> list[Member]:
    people = []
    for _ in range(MEMBERS):
        member = members.get_or_create(Customer.create(source="till"), programme)
        member.update_fields(joined_at=clock.now())
        tiers.assign_base_tier(member)
        for group in points.list_groups(programme):
            points.get_or_create_account(member, group)
        people.append(member)
    return people


@db.transactional
def _report_orders(members_: list[Member], rng: random.Random, start: int) -> None:
    for number in range(start, start + BATCH_SIZE):
        lines = tuple(
            OrderLine(
                line=str(line), product=f"P{rng.randrange(500)}", quantity=rng.randint(1, 5),
                paid_fen=rng.randint(200, 20_000), categories=frozenset(rng.sample(("dairy", "fruit", "snacks"), 2)),
            )
            for line in range(1, LINES + 1)
        )  # fmt: skip
        total = sum(line.paid_fen for line in lines)
        methods = (Payment("wechat", total - total // 10), Payment("points", total // 10, earns=False))
        order = PaidOrder(
            number=f"B{number:010}", paid_at=clock.now(), lines=lines, payments=methods, source="till"
        )
        point_order_events.report_paid(member=rng.choice(members_), order=order)
