"""Purchases, expiring points and stored value of a member: `python -m tests.browser.seed_purchases PHONE`."""

import sys

import config
from bootstrap import bootstrap
from store.core import actors, clock
from store.customers import identities, members, phones, programmes
from store.customers.members import Member
from store.points import accrual as point_accrual
from store.points import order_accrual as point_order_accrual
from store.points import points
from store.points import rules as point_rules
from store.stored_value import payments as stored_value_payments
from store.stored_value import top_up_payments, top_up_rules
from store.tenants import business_days, cost_centres, registry
from store.tiers import rule_import as tier_rule_import
from store.tiers import rules as tier_rules
from store.tiers import tiers
from store.tiers.validity import Validity
from tasks import wakeup
from tasks.subscriptions import SUBSCRIPTIONS
from tests.browser.seed import XSS_PAYLOAD

RULES = [
    {"tier": "silver", "basis": "spend", "window_days": 365, "at_least": 50_000, "below": 200_000},
    {"tier": "gold", "basis": "spend", "window_days": 365, "at_least": 200_000},
    {"tier": "gold", "basis": "purchases", "window_days": 90, "at_least": 10},
]


def seed_rules() -> None:
    """Tiers with rules, a point a yuan that ends in 20 days, a bonus for topping up."""
    programme = programmes.get_default()
    for rank, (code, name) in enumerate((("silver", "银卡"), ("gold", "金卡")), start=1):
        tiers.add(programme=programme, code=code, name=name, rank=rank, validity=Validity(days=365))
    points.create_group(programme=programme, code="growth", name="成长值", spendable=False)
    tier_rules.replace(programme=programme, rules=tier_rule_import.parse(programme, RULES))
    if not point_rules.list_rules(programme.id)[0]:
        centre = cost_centres.create(code="marketing", name="市场部")
        point_rules.add_rule(
            group=points.list_groups(programme)[0],
            name="消费得积分",
            basis="amount",
            points=1,
            per_units=100,
            cost_centre=centre,
            validity=Validity(days=20),
        )
    top_up_rules.add(
        code="top-up", name="充值有礼",
        steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}, {"amount_fen": 50_000, "bonus_fen": 8_000}],
    )  # fmt: skip


def seed_purchases(member: Member) -> None:
    """An order of 625 yuan, a gift, 600 yuan topped up of which 88 are spent."""
    order = point_order_accrual.PaidOrder(
        number=f"A1001-{member.id}", paid_at=clock.now(), payments=(point_accrual.Payment("wechat", 62_500),),
        lines=(point_accrual.OrderLine(line="1", product="milk", quantity=1, paid_fen=62_500),),
    )  # fmt: skip
    point_order_accrual.post_order(member=member, order=order)
    points.spend(
        member=member,
        kind="gift_redemption",
        value=200,
        key=f"gift-{member.id}",
        reason=f"兑换杯子{XSS_PAYLOAD}",
    )
    points.get_or_create_account(member, points.list_groups(member.programme)[1])
    for receipt, fen in ((f"r-1-{member.id}", 50_000), (f"r-2-{member.id}", 10_000)):
        top_up_payments.take_cash(member=member, amount_fen=fen, key=receipt)
    stored_value_payments.spend(
        member=member, amount_fen=8_800, key=f"o-1-{member.id}", order_number=f"A1002-{member.id}"
    )


if __name__ == "__main__":
    settings = config.read()
    bootstrap(settings, subscriptions=SUBSCRIPTIONS, wake=wakeup.make_notifier(settings.redis_url))
    with registry.use_tenant("walk"), actors.acting_as(actors.Actor(kind="staff", name="小李")):
        seed_rules()
        holder = identities.find_by_phone(phones.normalize(sys.argv[1]))
        assert holder is not None, "register first"
        seed_purchases(members.get_or_create(holder))
        sys.stdout.write(f"{business_days.today()}\n")
