"""What the browser tests lay upon a member: purchases, points that end, money; `python -m tests.browser.club PHONE`."""

import sys

import config
import house
from store.company import calendar, tenants
from store.kernel import actors, clock
from store.loyalty import (
    accrual,
    accruals,
    cost_centres,
    point_rules,
    points,
    tier_rule_lists,
    tier_rules,
    tiers,
    top_up_payments,
    top_up_rules,
    value_spends,
)
from store.loyalty.validity import Validity
from store.people import identities, members, phones, programmes
from store.people.members import Member
from tests.browser.company import PAYLOAD

RULES = [
    {"tier": "silver", "basis": "spend", "window_days": 365, "at_least": 50_000, "below": 200_000},
    {"tier": "gold", "basis": "spend", "window_days": 365, "at_least": 200_000},
    {"tier": "gold", "basis": "purchases", "window_days": 90, "at_least": 10},
]


def found() -> None:
    """Tiers with rules, a point a yuan that ends in 20 days, a bonus for topping up."""
    club = programmes.main()
    for rank, (code, name) in enumerate((("silver", "银卡"), ("gold", "金卡")), start=1):
        tiers.add(programme=club, code=code, name=name, rank=rank, valid=Validity(days=365))
    points.open_group(programme=club, code="growth", name="成长值", spendable=False)
    tier_rules.replace(programme=club, rules=tier_rule_lists.read(club, RULES))
    if not point_rules.listing(club.id)[0]:
        centre = cost_centres.open_cost_centre(code="marketing", name="市场部")
        point_rules.add(
            group=points.groups(club)[0], name="消费得积分", basis="amount", points=1, per=100, cost_centre=centre,
            valid=Validity(days=20),
        )  # fmt: skip
    top_up_rules.add(
        code="top-up", name="充值有礼",
        steps=[{"amount_fen": 10_000, "bonus_fen": 1_000}, {"amount_fen": 50_000, "bonus_fen": 8_000}],
    )  # fmt: skip


def spoil(member: Member) -> None:
    """An order of 625 yuan, a gift, 600 yuan topped up of which 88 are spent."""
    order = accruals.PaidOrder(
        number="A1001", paid_at=clock.now(), payments=(accrual.Payment("wechat", 62_500),),
        lines=(accrual.OrderLine(line="1", product="milk", quantity=1, paid_fen=62_500),),
    )  # fmt: skip
    accruals.book(member=member, order=order)
    points.spend(member=member, kind="gift_redemption", value=200, key="gift", reason=f"兑换杯子{PAYLOAD}")
    points.account(member, points.groups(member.programme)[1])
    for receipt, fen in (("r-1", 50_000), ("r-2", 10_000)):
        top_up_payments.take_cash(member=member, amount_fen=fen, key=receipt)
    value_spends.spend(member=member, amount_fen=8_800, key="o-1", order_number="A1002")


if __name__ == "__main__":
    house.open_house(config.read())
    with tenants.using("walk"), actors.acting(actors.Actor(kind="staff", name="小李")):
        found()
        holder = identities.phone_holder(phones.normal(sys.argv[1]))
        assert holder is not None, "register first"
        spoil(members.of_customer(holder))
        sys.stdout.write(f"{calendar.today()}\n")
