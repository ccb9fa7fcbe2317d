"""Plastic cards in the browser tests: `python -m tests.browser.seed_plastic_cards TENANT [STEP]`.

Without a step it makes two kinds of cards, a tier above the base, a stock with activation codes, and a point a yuan.
The steps do what staff do: `mail` approves and mails the latest application, `raise:PHONE` gives a member the tier.
"""

import json
import sys

import config
from bootstrap import bootstrap
from store.activation_codes import imports
from store.core import actors
from store.customers import identities, members, phones, programmes
from store.physical_cards import application_steps, kinds
from store.physical_cards.applications import CardApplication
from store.points import points
from store.points import rules as point_rules
from store.tenants import cost_centres, registry
from store.tiers import evaluation as tier_evaluation
from store.tiers import tiers
from store.tiers.tiers import Tier
from store.tiers.validity import Validity
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS

STOCK = "卡号,激活码\n6200000000000000001,123456\n6200000000000000002,654321\n"


def seed_plastic_cards() -> dict[str, str]:
    """Make the kinds, the stock and the rule by operations."""
    programme = programmes.get_default()
    (base,) = (tier for tier in tiers.list_tiers(int(programme.id)) if tier.is_base)
    vip = tiers.add(programme=programme, code="vip", name="贵宾")
    plain = kinds.create(code="plain", name="普通卡", tier=base)
    kinds.create(code="vip", name="贵宾卡", tier=vip)
    imports.import_all(imports.parse(STOCK), kind=plain)
    if not point_rules.list_rules(int(programme.id))[0]:
        point_rules.add_rule(
            group=points.list_groups(programme)[0], name="消费得积分", basis="amount", points=1, per_units=100,
            cost_centre=cost_centres.create(code="desk", name="服务台"), validity=Validity(days=20),
        )  # fmt: skip
    return {}


def mail_latest() -> dict[str, str]:
    """Approve the latest application and mail its card."""
    row = CardApplication.select().order_by(CardApplication.id.desc()).get()
    application_steps.approve(row)
    row = application_steps.mail(row, courier="顺丰", tracking_number="SF1234567890")
    return {"card": CardApplication.get_by_id(row.id).card.number}


def raise_tier(phone: str) -> dict[str, str]:
    """Give the member of a phone the tier 贵宾."""
    customer = identities.find_by_phone(phones.normalize(phone))
    assert customer is not None
    tier_evaluation.change_tier(
        member=members.get_or_create(customer), tier=Tier.get(Tier.code == "vip"), reason="测试"
    )
    return {}


def run_step(step: str) -> dict[str, str]:
    """Do a step and return what the test needs of it."""
    if step == "mail":
        return mail_latest()
    return raise_tier(step.removeprefix("raise:")) if step else seed_plastic_cards()


if __name__ == "__main__":
    here = config.read()
    bootstrap(here, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(here.redis_url))
    with registry.use_tenant(sys.argv[1]), actors.acting_as(actors.Actor(kind="staff", name="小周")):
        sys.stdout.write(json.dumps(run_step(sys.argv[2] if len(sys.argv) > 2 else "")) + "\n")
